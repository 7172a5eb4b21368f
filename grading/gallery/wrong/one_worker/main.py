import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
background = ThreadPoolExecutor(max_workers=1)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def ask(message: str):
    return litellm.completion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
    )


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    loop = asyncio.get_running_loop()
    try:
        completion = await loop.run_in_executor(background, ask, user_input.message)
    except litellm.Timeout:
        raise HTTPException(504, "The worker waited too long for the model.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The worker asked the model too often.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The worker had too much text for the model.") from None
    except openai.APIError:
        raise HTTPException(502, "The worker got no answer from the model.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The worker got an empty answer from the model.")
    return UserOutput(response=completion.choices[0].message.content)
