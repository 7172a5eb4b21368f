"""The endpoint only knows the good case; every failure has a handler of its own."""

import os

import litellm
import openai
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, field_validator

app = FastAPI()


class EmptyAnswerError(Exception):
    """The provider answered, but without any text."""


class UserInput(BaseModel):
    message: str = Field(..., max_length=4000)

    @field_validator("message")
    @classmethod
    def strip_and_check(cls, message: str) -> str:
        message = message.strip()
        assert message, "message must not be empty"
        return message


class Response(BaseModel):
    response: str


def problem(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status_code=status)


@app.exception_handler(litellm.Timeout)
async def on_timeout(request: Request, exc: litellm.Timeout):
    return problem(504, "The model needed too much time.")


@app.exception_handler(litellm.RateLimitError)
async def on_throttle(request: Request, exc: litellm.RateLimitError):
    return problem(429, "The model gets too many requests. Please wait.")


@app.exception_handler(litellm.ContextWindowExceededError)
async def on_long_prompt(request: Request, exc: litellm.ContextWindowExceededError):
    return problem(413, "The model cannot read a message this long.")


@app.exception_handler(openai.APIError)
@app.exception_handler(EmptyAnswerError)
async def on_failure(request: Request, exc: Exception):
    return problem(502, "The model could not answer.")


@app.post("/generate", response_model=Response)
async def generate(user_input: UserInput):
    completion = await litellm.acompletion(
        model=os.environ.get("MODEL"),
        messages=[{"role": "user", "content": user_input.message}],
        timeout=60,
    )
    if not completion.choices or not completion.choices[0].message.content:
        raise EmptyAnswerError
    return Response(response=completion.choices[0].message.content)
