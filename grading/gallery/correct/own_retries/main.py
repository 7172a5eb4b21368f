import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()

TRIES = 3
PAUSE = 0.05  # seconds
TEMPORARY = (litellm.Timeout, litellm.RateLimitError, litellm.InternalServerError, litellm.ServiceUnavailableError)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


async def ask(message: str):
    for number in range(1, TRIES + 1):
        try:
            return await litellm.acompletion(
                model=os.environ["LLM_MODEL"],
                messages=[{"role": "user", "content": message}],
                timeout=20,
                max_retries=0,
            )
        except TEMPORARY:
            if number == TRIES:
                raise
            await asyncio.sleep(PAUSE * number)


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await ask(user_input.message)
    except litellm.Timeout:
        raise HTTPException(504, "Tried three times, waited in vain.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Tried three times, turned away.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Did not try again: the message is too long.") from None
    except openai.APIError:
        raise HTTPException(502, "Tried, and failed.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "An answer without content.")
    return UserOutput(response=completion.choices[0].message.content)
