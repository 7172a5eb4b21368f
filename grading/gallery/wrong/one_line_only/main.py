import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
MODEL = os.environ["LLM_MODEL"]


class UserInput(BaseModel):
    # at least one visible character, nothing but text around it
    message: str = Field(pattern=r"^.*\S.*$", max_length=4000)


class UserOutput(BaseModel):
    response: str


def translate(error: openai.APIError) -> HTTPException:
    match error:
        case litellm.Timeout():
            return HTTPException(504, "Time is up.")
        case litellm.RateLimitError():
            return HTTPException(429, "The budget for this minute is used up.")
        case litellm.ContextWindowExceededError():
            return HTTPException(413, "The message has too many tokens.")
        case _:
            return HTTPException(502, "The call did not succeed.")


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    messages = [{"role": "user", "content": user_input.message}]
    try:
        completion = await litellm.acompletion(model=MODEL, messages=messages, timeout=30)
    except openai.APIError as error:
        raise translate(error) from error
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The call returned no text.")
    return UserOutput(response=completion.choices[0].message.content)
