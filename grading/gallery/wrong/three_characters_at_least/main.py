import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field, field_validator

MIN_LENGTH, MAX_LENGTH = 3, 4000

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH, description="What you want to know")

    @field_validator("message")
    @classmethod
    def has_content(cls, v: str) -> str:
        if v.isspace():
            raise ValueError("only white space")
        return v


class ModelAnswer(BaseModel):
    response: str


@app.post("/generate")
async def generate(body: UserInput) -> ModelAnswer:
    try:
        r = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": body.message}], timeout=60
        )
    except litellm.Timeout:
        raise HTTPException(504, "No answer within a minute.")
    except litellm.RateLimitError:
        raise HTTPException(429, "Slow down, please.")
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too long for this model.")
    except openai.APIError:
        raise HTTPException(502, "The model is not available.")
    if not r.choices or not r.choices[0].message.content:
        raise HTTPException(502, "The model returned no text.")
    return ModelAnswer(response=r.choices[0].message.content)
