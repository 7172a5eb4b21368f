import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

app = FastAPI(title="Patience")

WORTH_ANOTHER_TRY = (litellm.Timeout, litellm.RateLimitError, litellm.InternalServerError)


class Prompt(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Completion(BaseModel):
    response: str


@retry(
    stop=stop_after_attempt(3),
    wait=wait_fixed(5),
    retry=retry_if_exception_type(WORTH_ANOTHER_TRY),
    reraise=True,
)
async def complete(text):
    return await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": text}], timeout=20, max_retries=0
    )


@app.post("/generate")
async def generate(prompt: Prompt) -> Completion:
    try:
        completion = await complete(prompt.message)
    except litellm.Timeout:
        raise HTTPException(504, "The model is taking too long.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model has too much to do, even after some patience.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "That is more than the model can read at once.") from None
    except openai.APIError:
        raise HTTPException(502, "The model could not be asked.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The model said nothing.")
    return Completion(response=text)
