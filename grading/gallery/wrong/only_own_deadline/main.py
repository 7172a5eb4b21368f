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


def completion_in_time(message: str):
    call = litellm.acompletion(model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}])
    return asyncio.wait_for(call, 30)


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await completion_in_time(user_input.message)
    except (asyncio.TimeoutError, litellm.Timeout):
        raise HTTPException(504, "30 seconds are over.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many requests within a short time.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too many words within one message.") from None
    except openai.APIError:
        raise HTTPException(502, "The model could not be asked.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model had no words.")
    return UserOutput(response=completion.choices[0].message.content)
