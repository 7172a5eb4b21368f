import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI()


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class UserOutput(BaseModel):
    response: str


def failure(error: openai.APIError) -> HTTPException:
    for kind, status, detail in (
        (litellm.Timeout, 504, "the model did not finish in time"),
        (litellm.RateLimitError, 429, "the model gets too many requests"),
        (litellm.ContextWindowExceededError, 413, "the message is longer than the model's memory"),
    ):
        if isinstance(error, kind):
            return HTTPException(status, detail)
    return HTTPException(502, "the model has failed")


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except openai.APIError as error:
        raise failure(error) from error
    text = completion.choices[0].message.content
    if not text:
        raise HTTPException(502, "the model has sent an empty text")
    return UserOutput(response=text)
