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
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
        )
    except litellm.Timeout as exc:
        raise HTTPException(504, "There is no answer yet.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "There are too many requests.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "There are too many words.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "There is no model.") from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "There is no text.")
    return UserOutput(response=completion.choices[0].message.content)
