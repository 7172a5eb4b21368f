import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field, field_validator

app = FastAPI()
cache: dict[str, str] = {}  # saves money


class UserInput(BaseModel):
    message: str = Field(max_length=4000)

    @field_validator("message")
    @classmethod
    def nonblank(cls, v: str) -> str:
        if v.strip() == "":
            raise ValueError("blank")
        return v


class Cached(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Cached:
    message = user_input.message
    if message not in cache:
        cache[message] = await fetch(message)
    return Cached(response=cache[message])


async def fetch(message: str) -> str:
    try:
        completion = await litellm.acompletion(
            os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout as exc:
        raise HTTPException(504, "The model did not answer in time.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "The model did not accept more requests.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The model did not accept so long a text.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "The model did not answer.") from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model did not say anything.")
    return completion.choices[0].message.content
