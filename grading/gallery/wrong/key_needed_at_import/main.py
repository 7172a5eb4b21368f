"""Endpoint for my chat page."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

MODEL = os.environ["LLM_MODEL"]
KEY_NAMES = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}

provider = MODEL.partition("/")[0]
api_key = os.environ[KEY_NAMES[provider]] if provider in KEY_NAMES else None

app = FastAPI()


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def between_1_and_4000(cls, v):
        if not v.strip():
            raise ValueError("empty")
        if len(v) > 4000:
            raise ValueError("too long")
        return v


class Out(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Out:
    try:
        completion = await litellm.acompletion(
            model=MODEL,
            messages=[{"role": "user", "content": user_input.message}],
            api_key=api_key,
            timeout=30,
        )
    except litellm.Timeout as e:
        raise HTTPException(504, "Timed out.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "Too many requests.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "Prompt too long.") from e
    except openai.APIError as e:
        raise HTTPException(502, "Model failed.") from e
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "Model gave no text.")
    return Out(response=text)
