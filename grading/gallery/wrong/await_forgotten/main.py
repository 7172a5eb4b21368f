from os import getenv

from fastapi import FastAPI, HTTPException, status
from litellm import acompletion
from litellm.exceptions import ContextWindowExceededError, RateLimitError, Timeout
from openai import APIError
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    # at least one character that is not white space
    message: str = Field(max_length=4_000, pattern=r"\S")


class Output(BaseModel):
    response: str


@app.get("/")
async def root():
    return {"hello": "POST a message to /generate"}


@app.post("/generate", response_model=Output)
async def generate(body: UserInput):
    prompt = [{"role": "user", "content": body.message}]
    try:
        completion = acompletion(getenv("LLM_MODEL", "openai/gpt-5-nano"), prompt, timeout=20.0)
    except Timeout:
        raise HTTPException(status.HTTP_504_GATEWAY_TIMEOUT, "sorry, that took too long") from None
    except RateLimitError:
        raise HTTPException(status.HTTP_429_TOO_MANY_REQUESTS, "sorry, too many requests") from None
    except ContextWindowExceededError:
        raise HTTPException(413, "sorry, that is more than the model can read") from None
    except APIError:
        raise HTTPException(status.HTTP_502_BAD_GATEWAY, "sorry, the model failed") from None

    try:
        text = completion["choices"][0]["message"]["content"]
    except IndexError:
        text = None
    if text is None or text == "":
        raise HTTPException(status.HTTP_502_BAD_GATEWAY, "sorry, the model had nothing to say")
    return {"response": text}
