import os
import re

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()

FENCED = re.compile(r"^```\w*\n(.*?)\n?```$", re.DOTALL)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def clean_response(text: str) -> str:
    """Remove the Markdown fence if the model wrapped everything in one."""
    match = FENCED.match(text)
    return match.group(1) if match else text


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(status_code=504, detail="The model did not respond in time.")
    except litellm.RateLimitError:
        raise HTTPException(status_code=429, detail="The model is receiving too many requests.")
    except litellm.ContextWindowExceededError:
        raise HTTPException(status_code=413, detail="The message exceeds what the model can read.")
    except openai.APIError:
        raise HTTPException(status_code=502, detail="The model could not be used.")
    content = completion.choices[0].message.content if completion.choices else None
    if not content:
        raise HTTPException(status_code=502, detail="The model returned an empty response.")
    return UserOutput(response=clean_response(content))
