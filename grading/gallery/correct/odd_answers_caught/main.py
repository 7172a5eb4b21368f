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


@app.post("/generate", response_model=UserOutput)
def generate(user_input: UserInput):
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
            drop_params=True,
        )
        text = completion["choices"][0]["message"]["content"]
        if len(text) == 0:
            raise IndexError
    except litellm.Timeout:
        raise HTTPException(504, "The oracle is still thinking.")
    except litellm.RateLimitError:
        raise HTTPException(429, "The oracle has been asked too much.")
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The oracle wants shorter questions.")
    except openai.APIError:
        raise HTTPException(502, "The oracle is away.")
    except (LookupError, TypeError, AttributeError):
        raise HTTPException(502, "The oracle speaks in riddles.")
    return {"response": text}
