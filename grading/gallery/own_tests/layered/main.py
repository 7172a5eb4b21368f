"""A plain def, handlers for failures, a 422 in the program's own words, /health, and a header on every answer."""

import os

import litellm
import openai
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MODEL = os.environ.get("LLM_MODEL", "openai/gpt-5-nano")
LONGEST = 4_000
STATUSES = {litellm.Timeout: 504, litellm.RateLimitError: 429, litellm.ContextWindowExceededError: 413}

api = FastAPI(title="Assistant")


class ChatMessage(BaseModel):
    message: str


class Spoken(BaseModel):
    response: str


class NothingSaidError(Exception):
    pass


@api.exception_handler(400)
@api.exception_handler(RequestValidationError)
async def refuse(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Please send a message of 1 to 4,000 characters."}, 422)


@api.exception_handler(openai.APIError)
async def fail(request: Request, error: openai.APIError) -> JSONResponse:
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 502)
    return JSONResponse({"detail": "The assistant cannot answer now."}, status)


@api.exception_handler(NothingSaidError)
async def say_nothing(request: Request, error: NothingSaidError) -> JSONResponse:
    return JSONResponse({"detail": "The assistant kept silent."}, 502)


@api.post("/generate")
def reply(chat_message: ChatMessage) -> Spoken:
    message = chat_message.message
    if message.isspace() or not message:
        raise RequestValidationError([])
    if len(message) > LONGEST:
        raise RequestValidationError([])
    messages = [{"role": "user", "content": message}]
    completion = litellm.completion(model=MODEL, messages=messages, timeout=45)
    choices = completion.choices
    if not choices or not choices[0].message.content:
        raise NothingSaidError
    return Spoken(response=choices[0].message.content)


@api.get("/health")
def health() -> dict:
    return {"status": "ok"}


def app_with_header(wrapped: ASGIApp) -> ASGIApp:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-assistant", b"assistant")]
            await send(message)

        await wrapped(scope, receive, send_with_header)

    return call


app = app_with_header(api)
