import itertools
import json
import logging
import os
from time import monotonic

import litellm
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from openai import APIError
from pydantic import BaseModel, Field

MODEL = os.environ.get("LLM_MODEL", "openai/gpt-5-nano")
logger = logging.getLogger("uvicorn.error")  # uvicorn shows this one without any set-up

app = FastAPI()


class OutcomeLog:
    """Plain ASGI middleware: the status of each answer of /generate and how long it took."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] != "/generate":
            return await self.app(scope, receive, send)

        began = monotonic()
        status = 500

        async def watched(message):
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            milliseconds = 1000 * (monotonic() - began)
            logger.info("%s /generate -> %d, %.1f ms", scope["method"], status, milliseconds)


app.add_middleware(OutcomeLog)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Generated(BaseModel):
    response: str


class EmptyError(Exception):
    pass


WHAT_TO_SAY = [
    (litellm.Timeout, 504, "We waited, but no answer came."),
    (litellm.RateLimitError, 429, "We are asking too often. Try again later."),
    (litellm.ContextWindowExceededError, 413, "The message is more than the model can hold."),
    (APIError, 502, "We could not get an answer."),
    (EmptyError, 502, "We got an empty answer."),
]


def explain(error):
    return next(HTTPException(code, words) for kind, code, words in WHAT_TO_SAY if isinstance(error, kind))


def completion(message, **more):
    messages = [{"role": "user", "content": message}]
    return litellm.completion(model=MODEL, messages=messages, timeout=20, **more)


@app.post("/generate")
def generate(user_input: UserInput) -> Generated:
    try:
        choices = completion(user_input.message).choices
        if not choices or not choices[0].message.content:
            raise EmptyError
    except (APIError, EmptyError) as error:
        raise explain(error) from error
    return Generated(response=choices[0].message.content)


def texts(message):
    for chunk in completion(message, stream=True):
        for choice in chunk.choices[:1]:
            if choice.delta.content:
                yield choice.delta.content


def as_events(pieces):
    try:
        for piece in pieces:
            yield "data: " + json.dumps({"delta": piece}, ensure_ascii=False) + "\n\n"
        yield "data: [DONE]\n\n"
    except APIError:
        logger.warning("the stream broke off")


@app.post("/generate/stream")
def stream(body: dict):
    pieces = texts(str(body.get("message", "")))
    try:
        first = next(pieces, None)
        if first is None:
            raise EmptyError
    except (APIError, EmptyError) as error:
        raise explain(error) from error
    return StreamingResponse(as_events(itertools.chain([first], pieces)), media_type="text/event-stream")


@app.get("/health")
def health():
    return {"status": "ok"}
