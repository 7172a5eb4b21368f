import os

import litellm
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    """Pass the message on to the model."""
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as e:
        raise HTTPException(504, "Sorry, no answer in time.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "Sorry, too much going on.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "Sorry, too long a message.") from e
    except litellm.APIError as e:  # the base class of all other errors
        raise HTTPException(502, "Sorry, the model has a problem.") from e
    choices = completion.choices
    if not choices or not choices[0].message.content:
        raise HTTPException(502, "Sorry, the model has no answer.")
    return UserOutput(response=choices[0].message.content)
