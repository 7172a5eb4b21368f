from os import environ
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, StringConstraints

app = FastAPI()

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"\S")]


class UserInput(BaseModel):
    message: Text


class UserOutput(BaseModel):
    response: str


@app.get("/generate")
async def generate_in_browser(message: Annotated[Text, Query()]) -> UserOutput:
    # so I can try it without curl
    return await generate(UserInput(message=message))


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(
            environ["LLM_MODEL"], [{"role": "user", "content": user_input.message}], timeout=30
        )
    except litellm.Timeout as problem:
        raise HTTPException(504, "the model needs too long") from problem
    except litellm.RateLimitError as problem:
        raise HTTPException(429, "the model is used too much") from problem
    except litellm.ContextWindowExceededError as problem:
        raise HTTPException(413, "the model cannot read that much") from problem
    except openai.APIError as problem:
        raise HTTPException(502, "the model is down") from problem
    if completion.choices:
        text = completion.choices[0].message.content
        if text:
            return UserOutput(response=text)
    raise HTTPException(502, "the model is silent")
