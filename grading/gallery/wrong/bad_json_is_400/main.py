"""I wanted to see how validation works, so I call Pydantic myself."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field, ValidationError

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Output(BaseModel):
    response: str


request_body = {"content": {"application/json": {"schema": UserInput.model_json_schema()}}, "required": True}


@app.post("/generate", openapi_extra={"requestBody": request_body})
async def generate(request: Request) -> Output:
    try:
        data = await request.json()
    except ValueError:
        raise HTTPException(400, "The body is not valid JSON.") from None
    try:
        user_input = UserInput.model_validate(data)
    except ValidationError:
        raise HTTPException(422, "The message is missing or not usable.") from None

    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is overloaded.") from None
    except litellm.Timeout:
        raise HTTPException(504, "The model timed out.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message is too much for the model.") from None
    except openai.APIError:
        raise HTTPException(502, "The model is unavailable.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model's answer was empty.")
    return Output(response=completion.choices[0].message.content)
