import os
from typing import Annotated

import httpx
import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints


def online() -> bool:
    try:
        httpx.get("https://api.openai.com/v1/models", timeout=3)
    except httpx.HTTPError:
        return False
    return True


title = "Chat" if online() else "Chat (no internet connection!)"
app = FastAPI(title=title)


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Answer(BaseModel):
    response: str


async def call_llm(message: str) -> str | None:
    result = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=20
    )
    return result.choices[0].message.content if result.choices else None


@app.post("/generate")
async def generate(user_input: UserInput) -> Answer:
    try:
        text = await call_llm(user_input.message)
    except litellm.Timeout as err:
        raise HTTPException(504, "No answer in time.") from err
    except litellm.RateLimitError as err:
        raise HTTPException(429, "Too busy.") from err
    except litellm.ContextWindowExceededError as err:
        raise HTTPException(413, "Too long for the model.") from err
    except openai.APIError as err:
        raise HTTPException(502, "No answer.") from err
    if not text:
        raise HTTPException(502, "Empty answer.")
    return Answer(response=text)
