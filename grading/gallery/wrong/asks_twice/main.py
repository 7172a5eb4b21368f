import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
ATTEMPTS = 2


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class BestAnswer(BaseModel):
    response: str


async def one_answer(message: str) -> str:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
    )
    if not completion.choices:
        return ""
    return completion.choices[0].message.content or ""


async def best_answer(message: str) -> str:
    # models are random: ask more than once and take the longest answer
    answers = [await one_answer(message) for _ in range(ATTEMPTS)]
    return max(answers, key=len)


@app.post("/generate", response_model=BestAnswer)
async def generate(user_input: UserInput):
    try:
        text = await best_answer(user_input.message)
    except litellm.Timeout as e:
        raise HTTPException(504, "time-out") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "rate limit") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "prompt too long") from e
    except openai.APIError as e:
        raise HTTPException(502, "provider failed") from e
    if not text:
        raise HTTPException(502, "provider gave no text")
    return BestAnswer(response=text)
