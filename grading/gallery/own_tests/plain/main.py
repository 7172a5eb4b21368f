"""FastAPI as its tutorial writes it: a model, a route, an HTTPException for each failure."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, field_validator

app = FastAPI(title="Text service")


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def check_length(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("Please write something.")
        if len(message) > 4_000:
            raise ValueError("At most 4,000 characters, please.")
        return message


class ModelAnswer(BaseModel):
    response: str


@app.exception_handler(400)
async def refuse(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "This is not JSON."}, 422)


def explain(error: openai.APIError) -> HTTPException:
    if isinstance(error, litellm.Timeout):
        return HTTPException(504, "The model took too long.")
    if isinstance(error, litellm.RateLimitError):
        return HTTPException(429, "The model is busy.")
    if isinstance(error, litellm.ContextWindowExceededError):
        return HTTPException(413, "The model cannot hold that much.")
    return HTTPException(502, "The model is out of order.")


@app.post("/generate")
async def generate(user_input: UserInput) -> ModelAnswer:
    messages = [{"role": "user", "content": user_input.message}]
    try:
        completion = await litellm.acompletion(model=os.environ["LLM_MODEL"], messages=messages, timeout=30)
    except openai.APIError as error:
        raise explain(error) from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The model said nothing.")
    return ModelAnswer(response=text)
