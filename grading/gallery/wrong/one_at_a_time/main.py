import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
lock = asyncio.Lock()  # requests must not mix up


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    messages = [{"role": "user", "content": user_input.message}]
    try:
        async with lock:
            completion = await litellm.acompletion(os.environ["LLM_MODEL"], messages, timeout=30)
    except litellm.Timeout as error:
        raise HTTPException(504, "Your turn took too long.") from error
    except litellm.RateLimitError as error:
        raise HTTPException(429, "Your turn has to wait.") from error
    except litellm.ContextWindowExceededError as error:
        raise HTTPException(413, "Your message is too long.") from error
    except openai.APIError as error:
        raise HTTPException(502, "Your turn failed.") from error
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Your turn gave no text.")
    return UserOutput(response=completion.choices[0].message.content)
