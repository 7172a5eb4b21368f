import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

provider, name = os.environ["LLM_MODEL"].split("/")

app = FastAPI(title=f"Text by {name}")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(
            model=f"{provider}/{name}",
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, f"{name} is slow.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, f"{name} is busy.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, f"{name} takes shorter messages.") from None
    except openai.APIError:
        raise HTTPException(502, f"{name} is not available.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, f"{name} says nothing.")
    return UserOutput(response=completion.choices[0].message.content)
