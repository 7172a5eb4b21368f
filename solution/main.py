"""POST /generate: call a language model through LiteLLM and return its text.

Run it from this folder:   uvicorn main:app --reload
Choose the model with the environment variable LLM_MODEL, for example openai/gpt-5-nano.
"""

# region step 1: the app starts
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from typing import Any

# Set before LiteLLM is imported. After streaming from a model with "llama-3" in its name, LiteLLM fetches a
# tokenizer from huggingface.co in the event loop: the whole server stands still, 47 s if that site is out of reach.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, field_validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

app = FastAPI(title="Generate text with LiteLLM")
# endregion


# region step 2: describe the input
class UserInput(BaseModel):
    """What a client sends. FastAPI answers 422 if it is invalid."""

    message: str

    # region step 7: limit the input
    @field_validator("message")
    @classmethod
    def not_blank_and_not_too_long(cls, message: str) -> str:
        """Reject, before it costs anything, what no model should get."""
        if not message.strip():
            raise ValueError("message must not be blank")
        if len(message) > 4_000:
            raise ValueError("message must have at most 4,000 characters")
        message.encode()  # also a ValueError: for half a character (U+D800), which cannot be sent
        return message

    # endregion


class Answer(BaseModel):
    """What the client gets back."""

    response: str


@app.exception_handler(400)  # FastAPI's own, for a body that is not even UTF-8
@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: Exception) -> JSONResponse:
    """Say what is invalid. FastAPI's own 422 also repeats the input, which JSON cannot do for NaN: a 500."""
    problems = error.errors() if isinstance(error, RequestValidationError) else [{"loc": ["body"], "msg": "not JSON"}]
    return JSONResponse({"detail": [{key: problem[key] for key in ("loc", "msg")} for problem in problems]}, 422)


# endregion


# region step 3: call LiteLLM
MODEL = os.environ.get("LLM_MODEL", "llamafile/smollm2")


async def ask_model(message: str, stream: bool = False) -> Any:
    """Send one chat request to the provider that the model's prefix names."""
    return await litellm.acompletion(
        model=MODEL,
        messages=[{"role": "user", "content": message}],
        stream=stream,
        # region step 8: do not wait forever
        timeout=30,  # seconds; without it LiteLLM waits ten minutes
        # endregion
    )


# endregion


# region step 6: handle failures
FAILURES: list[tuple[type[Exception], int, str]] = [
    (litellm.Timeout, 504, "The model did not answer in time. Please try again."),
    (litellm.RateLimitError, 429, "The model takes no more requests for now. Please try again later."),
    (litellm.ContextWindowExceededError, 413, "The message is too long for the model."),
]


@app.exception_handler(openai.APIError)
async def answer_failure(request: Request, error: Exception) -> JSONResponse:
    """Answer in our own words: the provider's may contain a key. Our own bug is not an APIError, so it stays a 500."""
    failure = getattr(error, "original_exception", None) or error  # LiteLLM wraps what ends a stream
    for kind, status, detail in FAILURES:
        if isinstance(failure, kind):
            return JSONResponse({"detail": detail}, status_code=status)
    return JSONResponse({"detail": "The model could not answer. Please try again later."}, status_code=502)


# endregion


# region step 2: the route
@app.post("/generate")
async def generate(user_input: UserInput) -> Answer:
    """Answer the user's message with the model's text."""
    # region step 3: ask
    completion = await ask_model(user_input.message)
    # endregion
    # region step 6: an answer without text is a failure, too
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model gave no answer. Please try again later.")
    # endregion
    # region step 4: answer
    return Answer(response=completion.choices[0].message.content)
    # endregion


# endregion


# region step 10: ship it
class LogOutcome:
    """Log status and time, never what people say. With @app.middleware("http"), a broken stream would look complete."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 500  # what a bug of ours becomes

        async def note_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            if scope["type"] == "http":
                log = logging.getLogger("uvicorn.error").info  # uvicorn has set this logger up to print
                log("%s %r -> %d in %.3f s", scope["method"], scope["path"], status, time.perf_counter() - started)


app.add_middleware(LogOutcome)


@app.get("/health")
async def health() -> dict[str, str]:
    """Report that the server runs, without calling the model."""
    return {"status": "ok"}


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput) -> StreamingResponse:
    """Send the model's text piece by piece, as server-sent events."""
    chunks = await ask_model(user_input.message, stream=True)
    pieces = (c.choices[0].delta.content async for c in chunks if c.choices and c.choices[0].delta.content)
    if (first := await anext(pieces, None)) is None:  # before the answer begins, so a failure chooses the status
        raise HTTPException(502, "The model gave no answer. Please try again later.")
    return StreamingResponse(events(first, pieces), media_type="text/event-stream")


async def events(piece: str | None, more: AsyncIterator[str]) -> AsyncIterator[str]:
    """Turn each piece of text into an event. Without [DONE], the stream broke off."""
    try:
        while piece is not None:
            yield f"data: {json.dumps({'delta': piece})}\n\n"
            piece = await anext(more, None)
    except Exception as error:  # of any class: OpenRouter's is a ValueError
        raise RuntimeError(f"stream broke off: {type(error).__name__}") from None  # without the provider's words
    yield "data: [DONE]\n\n"


# endregion
