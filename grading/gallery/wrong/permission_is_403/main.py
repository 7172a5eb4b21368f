import os

import openai
from fastapi import FastAPI, HTTPException
from litellm import ContextWindowExceededError, PermissionDeniedError, RateLimitError, Timeout, acompletion
from pydantic import BaseModel, Field


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


app = FastAPI()


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    messages = [
        {"role": "system", "content": "You are friendly and brief."},
        {"role": "user", "content": user_input.message},
    ]
    try:
        completion = await acompletion(model=os.environ["LLM_MODEL"], messages=messages, timeout=25)
    except Timeout:
        raise HTTPException(504, "I was thinking for too long.") from None
    except RateLimitError:
        raise HTTPException(429, "I need a break.") from None
    except ContextWindowExceededError:
        raise HTTPException(413, "I cannot remember so much.") from None
    except PermissionDeniedError:
        raise HTTPException(403, "I am not allowed to answer.") from None
    except openai.APIError:
        raise HTTPException(502, "I am out of order.") from None
    text = completion.choices[0].message.content if completion.choices else ""
    if not text:
        raise HTTPException(502, "I do not know what to say.")
    return UserOutput(response=text)
