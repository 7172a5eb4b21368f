import logging
import os

import litellm
import openai
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, field_validator

log = logging.getLogger(__name__)
MODEL = os.environ["LLM_MODEL"]

app = FastAPI(title="Helpdesk")


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def usable(cls, value: str) -> str:
        if not value.strip() or len(value) > 4_000:
            raise ValueError("between 1 and 4,000 characters, please")
        return value


class Help(BaseModel):
    response: str


class NoText(Exception):
    pass


def answer(status: int, sentence: str) -> JSONResponse:
    return JSONResponse(status_code=status, content={"detail": sentence})


@app.exception_handler(openai.APIError)
async def model_failed(request: Request, error: openai.APIError) -> JSONResponse:
    if isinstance(error, litellm.Timeout):
        return answer(504, "Nobody at the helpdesk answers. Try again later.")
    if isinstance(error, litellm.RateLimitError):
        return answer(429, "The helpdesk is crowded. Try again later.")
    if isinstance(error, litellm.ContextWindowExceededError):
        return answer(413, "Please describe your problem in fewer words.")
    return answer(502, "The helpdesk is closed.")


@app.exception_handler(NoText)
async def no_text(request: Request, error: NoText) -> JSONResponse:
    return answer(502, "The helpdesk does not know.")


@app.exception_handler(Exception)
async def our_bug(request: Request, error: Exception) -> JSONResponse:
    log.exception("bug in %s", request.url.path)
    return answer(500, f"Internal error: {error}")


@app.post("/generate")
async def generate(user_input: UserInput) -> Help:
    completion = await litellm.acompletion(
        model=MODEL, messages=[{"role": "user", "content": user_input.message}], timeout=30
    )
    if not completion.choices or not completion.choices[0].message.content:
        raise NoText
    return Help(response=completion.choices[0].message.content)
