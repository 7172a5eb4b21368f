import os
import time

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

MODEL = os.environ["LLM_MODEL"]
app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str
    model: str
    seconds: int


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    start = time.time()
    try:
        completion = await litellm.acompletion(
            model=MODEL, messages=[{"role": "user", "content": user_input.message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "It took too long.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "It is too busy.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "It is too long.") from None
    except openai.APIError:
        raise HTTPException(502, "It failed.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "It was empty.")
    return UserOutput(response=text, model=MODEL, seconds=round(time.time() - start))
