import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="SHOUTBOX")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Shout(BaseModel):
    response: str


def shouted(status: int, error: Exception) -> HTTPException:
    return HTTPException(status, str(error).upper())


@app.post("/generate")
async def generate(user_input: UserInput) -> Shout:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as error:
        raise shouted(504, error) from None
    except litellm.RateLimitError as error:
        raise shouted(429, error) from None
    except litellm.ContextWindowExceededError as error:
        raise shouted(413, error) from None
    except openai.APIError as error:
        raise shouted(502, error) from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "NOTHING TO SHOUT.")
    return Shout(response=completion.choices[0].message.content)
