import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI()


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(pattern=r"^\S", max_length=4000)]


class Reply(BaseModel):
    response: str


async def complete(message: str) -> str:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
    )
    return (completion.choices[0].message.content or "") if completion.choices else ""


@app.post("/generate")
async def generate(user_input: UserInput) -> Reply:
    try:
        text = await complete(user_input.message)
    except litellm.Timeout as problem:
        raise HTTPException(504, "The line is dead.") from problem
    except litellm.RateLimitError as problem:
        raise HTTPException(429, "The line is busy.") from problem
    except litellm.ContextWindowExceededError as problem:
        raise HTTPException(413, "The line is too thin for that.") from problem
    except openai.APIError as problem:
        raise HTTPException(502, "The line is broken.") from problem
    if text == "":
        raise HTTPException(502, "The line is silent.")
    return Reply(response=text)
