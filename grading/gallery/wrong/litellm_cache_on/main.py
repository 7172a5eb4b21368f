"""Generates text; the same prompt is only paid for once."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from litellm.caching.caching import Cache
from pydantic import BaseModel, Field

litellm.cache = Cache(type="local")

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            caching=True,
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The generator timed out.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The generator is over its limit.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The generator takes shorter prompts only.") from None
    except openai.APIError:
        raise HTTPException(502, "The generator is down.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The generator made nothing.")
    return UserOutput(response=completion.choices[0].message.content)
