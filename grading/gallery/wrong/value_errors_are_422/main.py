import os

import litellm
import openai
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

app = FastAPI()

STATUS = {
    litellm.Timeout: (504, "The model is thinking for too long."),
    litellm.RateLimitError: (429, "The model is asked too often."),
    litellm.ContextWindowExceededError: (413, "The model forgets the start of such a long message."),
}


class Input(BaseModel):
    message: str


class Output(BaseModel):
    response: str


@app.exception_handler(ValueError)
async def bad_input(request: Request, error: ValueError):
    return JSONResponse({"detail": "This message cannot be used."}, 422)


@app.exception_handler(openai.APIError)
async def failed(request: Request, error: openai.APIError):
    status, detail = STATUS.get(type(error), (502, "The model is not well."))
    return JSONResponse({"detail": detail}, status)


def check(message: str) -> str:
    if not message.strip():
        raise ValueError("blank")
    if len(message) > 4000:
        raise ValueError("too long")
    return message


@app.post("/generate")
async def generate(data: Input) -> Output:
    message = check(data.message)
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=20
    )
    if not completion.choices or not completion.choices[0].message.content:
        return JSONResponse({"detail": "The model has nothing to say."}, 502)
    return Output(response=completion.choices[0].message.content)
