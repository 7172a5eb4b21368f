import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Text completion")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Completed(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Completed:
    try:
        completion = await litellm.atext_completion(
            model=os.environ["LLM_MODEL"], prompt=user_input.message, timeout=30
        )
    except litellm.Timeout as e:
        raise HTTPException(504, "The text did not arrive.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "Too many texts were wanted.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "The prompt has too many words.") from e
    except openai.APIError as e:
        raise HTTPException(502, "There is no text.") from e
    if not completion.choices or not completion.choices[0].text:
        raise HTTPException(502, "The text is empty.")
    return Completed(response=completion.choices[0].text)
