import os

os.environ.setdefault("REQUEST_TIMEOUT", "45")  # seconds; LiteLLM reads it while it is imported

import openai
from fastapi import FastAPI, HTTPException
from litellm import ContextWindowExceededError, RateLimitError, Timeout, acompletion
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    conversation = [{"role": "user", "content": user_input.message}]
    try:
        completion = await acompletion(os.environ["LLM_MODEL"], conversation)
    except Timeout:
        raise HTTPException(504, "Gateway timeout: the model did not answer.") from None
    except RateLimitError:
        raise HTTPException(429, "Too many requests: the model refused this one.") from None
    except ContextWindowExceededError:
        raise HTTPException(413, "Content too large: the model cannot read all of it.") from None
    except openai.APIError:
        raise HTTPException(502, "Bad gateway: the model failed.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "Bad gateway: the model's answer is empty.")
    return UserOutput(response=text)
