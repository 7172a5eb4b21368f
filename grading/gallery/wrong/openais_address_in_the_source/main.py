import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()

LLM = {
    "model": os.getenv("LLM_MODEL", "openai/gpt-4o-mini"),
    "api_base": "https://api.openai.com/v1",
    "temperature": 0.2,
    "timeout": 30,
}


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
def generate(user_input: UserInput):
    try:
        completion = litellm.completion(messages=[{"role": "user", "content": user_input.message}], **LLM)
    except litellm.Timeout:
        raise HTTPException(504, "The model was too slow today.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model was asked too much today.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The model was given too much today.") from None
    except openai.APIError:
        raise HTTPException(502, "The model was not to be had today.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model was mute today.")
    return {"response": completion.choices[0].message.content}
