import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
pool = ThreadPoolExecutor(8)

DEADLINE = 20  # seconds for all attempts of one request
PAUSE = 8


class Question(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Reply(BaseModel):
    response: str


def ask_until_deadline(message):
    end = time.monotonic() + DEADLINE
    while True:
        try:
            return litellm.completion(
                model=os.environ["LLM_MODEL"],
                messages=[{"role": "user", "content": message}],
                timeout=30,
                num_retries=0,
                max_retries=0,
            )
        except (litellm.RateLimitError, litellm.InternalServerError, litellm.APIConnectionError):
            if time.monotonic() + PAUSE > end:
                raise
        time.sleep(PAUSE)


@app.post("/generate")
async def generate(question: Question) -> Reply:
    try:
        found = await asyncio.get_running_loop().run_in_executor(pool, ask_until_deadline, question.message)
    except litellm.Timeout:
        raise HTTPException(504, "It took too long.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many questions at the moment.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The question is too long for this model.") from None
    except openai.APIError:
        raise HTTPException(502, "The model is not available.") from None
    if not found.choices or not found.choices[0].message.content:
        raise HTTPException(502, "There is no answer in the answer.")
    return Reply(response=found.choices[0].message.content)
