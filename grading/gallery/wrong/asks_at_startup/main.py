import os
from contextlib import asynccontextmanager

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

CALL = {"model": os.environ["LLM_MODEL"], "timeout": 30}


@asynccontextmanager
async def lifespan(app: FastAPI):
    try:
        await litellm.acompletion(messages=[{"role": "user", "content": "ping"}], max_tokens=1, **CALL)
    except openai.APIError:
        print("The model is not there yet.")
    yield


app = FastAPI(lifespan=lifespan)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(messages=[{"role": "user", "content": user_input.message}], **CALL)
    except litellm.Timeout:
        raise HTTPException(504, "No pong in time.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many pings.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The ping is too long.") from None
    except openai.APIError:
        raise HTTPException(502, "No pong.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "An empty pong.")
    return UserOutput(response=completion.choices[0].message.content)
