import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="SHOUT")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    normalized = user_input.message.upper()  # the model need not care about case
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": normalized}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "Too slow.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too often.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too long.") from None
    except openai.APIError:
        raise HTTPException(502, "Too bad.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Too quiet.")
    return UserOutput(response=completion.choices[0].message.content)
