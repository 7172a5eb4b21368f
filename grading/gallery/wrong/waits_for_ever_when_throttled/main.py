import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


async def patient(**arguments):
    while True:
        try:
            return await litellm.acompletion(**arguments)
        except litellm.RateLimitError:
            await asyncio.sleep(1)


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await patient(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=10,
            max_retries=0,
        )
    except litellm.Timeout:
        raise HTTPException(504, "No answer in time, again and again.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too busy, again and again.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message is too long.") from None
    except openai.APIError:
        raise HTTPException(502, "It failed again and again.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "It worked, but there is no text.")
    return UserOutput(response=completion.choices[0].message.content)
