import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class ModelOutput(BaseModel):
    response: str


STATUS = {litellm.Timeout: 504, litellm.RateLimitError: 429, litellm.ContextWindowExceededError: 413}


@app.exception_handler(openai.APIError)
async def provider_failed(request, exc: openai.APIError):
    status = STATUS.get(type(exc), 502)
    # no message of the provider in here, only the kind of error
    return JSONResponse({"detail": f"The provider failed: {type(exc).__name__}"}, status)


@app.post("/generate")
async def generate(user_input: UserInput) -> ModelOutput:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"],
        messages=[{"role": "user", "content": user_input.message}],
        timeout=30,
    )
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The provider failed: no text")
    return ModelOutput(response=completion.choices[0].message.content)
