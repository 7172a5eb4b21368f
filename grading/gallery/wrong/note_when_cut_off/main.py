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


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            max_tokens=500,
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The writer did not deliver.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The writer has too many orders.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The writer cannot read all of that.") from None
    except openai.APIError:
        raise HTTPException(502, "The writer is on holiday.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The writer has a block.")
    choice = completion.choices[0]
    text = choice.message.content
    if choice.finish_reason == "length":
        text += " [...] (cut off)"
    return UserOutput(response=text)
