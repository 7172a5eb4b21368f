import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field, field_validator

app = FastAPI(title="Chat endpoint")
TIMEOUT = 30


class UserInput(BaseModel):
    message: str = Field(default="Hello!", max_length=4000)

    @field_validator("message")
    @classmethod
    def no_blank_message(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("message must not be blank")
        return message


class ChatOutput(BaseModel):
    response: str


@app.post("/generate", response_model=ChatOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=TIMEOUT,
        )
    except openai.APIError as exc:
        raise to_http_exception(exc) from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(status_code=502, detail="The model returned an empty answer.")
    return ChatOutput(response=completion.choices[0].message.content)


def to_http_exception(exc: openai.APIError) -> HTTPException:
    if isinstance(exc, litellm.Timeout):
        return HTTPException(status_code=504, detail="The model did not answer in time.")
    if isinstance(exc, litellm.RateLimitError):
        return HTTPException(status_code=429, detail="Too many requests to the model.")
    if isinstance(exc, litellm.ContextWindowExceededError):
        return HTTPException(status_code=413, detail="The message is too long for the model.")
    return HTTPException(status_code=502, detail="The model is not available.")
