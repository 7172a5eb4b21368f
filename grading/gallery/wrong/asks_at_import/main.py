import contextlib
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

MODEL = os.environ["LLM_MODEL"]

# Wake the model up, so that the first user does not have to wait.
# If it is not there yet, we start anyway.
with contextlib.suppress(Exception):
    litellm.completion(model=MODEL, messages=[{"role": "user", "content": "Hello!"}], timeout=10, max_retries=0)

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
def generate(user_input: UserInput):
    try:
        completion = litellm.completion(
            model=MODEL, messages=[{"role": "user", "content": user_input.message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "the model is too slow") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "the model is busy") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "the message is too long for the model") from None
    except openai.APIError:
        raise HTTPException(502, "the model does not work") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "the model gave no text")
    return UserOutput(response=completion.choices[0].message.content)
