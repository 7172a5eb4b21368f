from os import environ

from fastapi import FastAPI, HTTPException
from litellm import ContextWindowExceededError, RateLimitError, Timeout, completion
from openai import APIError
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(max_length=4000, pattern=r"\S")


@app.post("/generate")
def response(user_input: UserInput) -> str:
    try:
        result = completion(
            model=environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except Timeout:
        raise HTTPException(504, "The model took too long.") from None
    except RateLimitError:
        raise HTTPException(429, "Too many requests.") from None
    except ContextWindowExceededError:
        raise HTTPException(413, "Too much text.") from None
    except APIError:
        raise HTTPException(502, "The model failed.") from None
    if result.choices and result.choices[0].message.content:
        return result.choices[0].message.content
    raise HTTPException(502, "Empty answer.")
