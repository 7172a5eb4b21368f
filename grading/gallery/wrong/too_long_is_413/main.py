import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


TOO_LONG = "The message is too long."


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    if len(user_input.message) > 4000:
        # 413 Content Too Large
        raise HTTPException(413, TOO_LONG)
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, TOO_LONG) from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model has too many users.") from None
    except litellm.Timeout:
        raise HTTPException(504, "The model has not answered yet.") from None
    except openai.APIError:
        raise HTTPException(502, "The model has not answered.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model has answered with nothing.")
    return UserOutput(response=completion.choices[0].message.content)
