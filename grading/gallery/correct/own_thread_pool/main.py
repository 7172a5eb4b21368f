import asyncio
import functools
import os
from concurrent.futures import ThreadPoolExecutor

import litellm
from fastapi import FastAPI, HTTPException
from openai import APIError
from pydantic import BaseModel, Field

DEADLINE = 50.0
workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="llm")
app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"[^\s]")


class Generated(BaseModel):
    response: str


async def complete(message: str):
    call = functools.partial(
        litellm.completion,
        model=os.environ["LLM_MODEL"],
        messages=[{"role": "user", "content": message}],
        timeout=DEADLINE / 3,
        max_retries=0,
    )
    loop = asyncio.get_running_loop()
    return await asyncio.wait_for(loop.run_in_executor(workers, call), DEADLINE)


@app.post("/generate")
async def generate(user_input: UserInput) -> Generated:
    try:
        completion = await complete(user_input.message)
    except (asyncio.TimeoutError, litellm.Timeout) as exc:
        raise HTTPException(504, "Time is up: the model is still thinking.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "The model wants us to come back later.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The model cannot hold that much text.") from exc
    except APIError as exc:
        raise HTTPException(502, "The model let us down.") from exc

    contents = [choice.message.content for choice in completion.choices]
    if not any(contents):
        raise HTTPException(502, "The model answered with nothing at all.")
    return Generated(response=contents[0])
