import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

LIMIT = 4000
app = FastAPI()


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def fit(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("empty message")
        return message[:LIMIT]  # longer messages would be too expensive


class UserOutput(BaseModel):
    response: str


async def first_choice(message: str):
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
    )
    return completion.choices[0].message.content if completion.choices else None


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        text = await first_choice(user_input.message)
    except litellm.Timeout as exc:
        raise HTTPException(504, "Sorry, it takes too long.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "Sorry, it is overloaded.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "Sorry, it is too long.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "Sorry, it does not work.") from exc
    if not text:
        raise HTTPException(502, "Sorry, it says nothing.")
    return UserOutput(response=text)
