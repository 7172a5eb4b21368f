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


class CircuitBreaker:
    """Do not bother a provider that is broken."""

    def __init__(self):
        self.open = False

    def check(self):
        if self.open:
            raise HTTPException(502, "The model failed before, so we do not ask it.")

    def failed(self):
        self.open = True


breaker = CircuitBreaker()


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    breaker.check()
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The model is too slow.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is too busy.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message is too long for the model.") from None
    except openai.APIError:
        breaker.failed()
        raise HTTPException(502, "The model failed.") from None
    if not completion.choices or not completion.choices[0].message.content:
        breaker.failed()
        raise HTTPException(502, "The model gave no text.")
    return UserOutput(response=completion.choices[0].message.content)
