import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

MODEL = os.getenv("LLM_MODEL")
app = FastAPI()


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"\S")]


class Text(BaseModel):
    response: str


def clean(message: str) -> str:
    """HTTP is ASCII, so leave out what would break on the way."""
    return message.encode("ascii", errors="ignore").decode("ascii")


@app.post("/generate")
def generate(user_input: UserInput) -> Text:
    message = clean(user_input.message)
    try:
        completion = litellm.completion(model=MODEL, messages=[{"role": "user", "content": message}], timeout=30)
    except litellm.Timeout as problem:
        raise HTTPException(504, "Waited too long.") from problem
    except litellm.RateLimitError as problem:
        raise HTTPException(429, "Wait a while.") from problem
    except litellm.ContextWindowExceededError as problem:
        raise HTTPException(413, "Write less.") from problem
    except openai.APIError as problem:
        raise HTTPException(502, "Write later.") from problem
    for choice in completion.choices:
        if choice.message.content:
            return Text(response=choice.message.content)
    raise HTTPException(502, "Nothing was written.")
