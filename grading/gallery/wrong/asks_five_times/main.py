import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
TRIES = 5


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


async def persistent(**arguments):
    for attempt in range(1, TRIES + 1):
        try:
            return await litellm.acompletion(**arguments)
        except openai.APIError:
            if attempt == TRIES:
                raise


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await persistent(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=10,
            max_retries=0,
        )
    except litellm.Timeout:
        raise HTTPException(504, f"No answer in time, {TRIES} times.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, f"Too busy, {TRIES} times.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message is too long.") from None
    except openai.APIError:
        raise HTTPException(502, f"It failed {TRIES} times.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "It worked, but there is no text.")
    return UserOutput(response=completion.choices[0].message.content)
