import os
from contextlib import asynccontextmanager

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field


@asynccontextmanager
async def lifespan(app: FastAPI):
    if not any(name.endswith("_API_KEY") and value for name, value in os.environ.items()):
        raise RuntimeError("Set the API key of your provider first")
    yield


app = FastAPI(lifespan=lifespan)


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
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The door did not open in time.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "There is a queue at the door.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "That does not fit through the door.") from None
    except openai.APIError:
        raise HTTPException(502, "The door is locked.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Nobody is behind the door.")
    return UserOutput(response=completion.choices[0].message.content)
