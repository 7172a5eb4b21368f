import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class UserInput(BaseModel):
    message: str


class UserOutput(BaseModel):
    response: str


async def ask(message: str) -> str | None:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout as exc:
        raise HTTPException(504, "The call took too long.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "The call was one too many.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The call had too much text in it.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "The call failed.") from exc
    return completion.choices[0].message.content if completion.choices else None


def check(message: str, text: str | None) -> None:
    """All checks in one place."""
    if not message.strip():
        raise HTTPException(422, "The message was blank.")
    if len(message) > 4000:
        raise HTTPException(422, "The message was too long.")
    if not text:
        raise HTTPException(502, "The answer was blank.")


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    text = await ask(user_input.message)
    check(user_input.message, text)
    return UserOutput(response=text)
