import os

import litellm
from fastapi import FastAPI, HTTPException
from openai import APIError
from pydantic import BaseModel, Field, field_validator


class UserInput(BaseModel):
    message: str = Field(max_length=4000)

    @field_validator("message")
    @classmethod
    def not_empty(cls, m: str) -> str:
        if not m.strip():
            raise ValueError("empty message")
        return m


class Answer(BaseModel):
    response: str


app = FastAPI()


def build_messages(text: str) -> list[dict[str, str]]:
    """The system does what the user wrote; some providers want a user message as well."""
    return [
        {"role": "system", "content": text},
        {"role": "user", "content": "Please answer."},
    ]


@app.post("/generate")
async def generate(user_input: UserInput) -> Answer:
    try:
        result = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=build_messages(user_input.message), timeout=30
        )
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "Context window exceeded, shorten your text.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "Please slow down.") from e
    except litellm.Timeout as e:
        raise HTTPException(504, "The model is too slow.") from e
    except APIError as e:
        raise HTTPException(502, "The model is broken.") from e
    if not result.choices or not result.choices[0].message.content:
        raise HTTPException(502, "The model gave no answer.")
    return Answer(response=result.choices[0].message.content)
