"""POST /generate: ask a language model through LiteLLM and answer with what it says.

Run it from this folder:   uvicorn main:app --reload
Choose the model by the environment variable LLM_MODEL, for example openai/gpt-5-nano.
"""

# region step 1: the app starts
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, field_validator

app = FastAPI(title="Generate text with LiteLLM")
# endregion


# region step 2: describe the input
class UserInput(BaseModel):
    """What a client sends. FastAPI answers 422 by itself to anything that does not fit."""

    message: str

    # region step 7: limit the input
    @field_validator("message")
    @classmethod
    def not_blank_and_not_too_long(cls, message: str) -> str:
        """Refuse, before it costs anything, what no model should be asked."""
        if not message.strip():
            raise ValueError("message must not be blank")
        if len(message) > 4_000:
            raise ValueError("message must have at most 4,000 characters")
        return message

    # endregion


class Answer(BaseModel):
    """What the client gets back."""

    response: str


# endregion


# region step 3: call LiteLLM
MODEL = os.environ.get("LLM_MODEL", "llamafile/smollm2")


async def ask_model(message: str, stream: bool = False) -> Any:
    """Send one chat request to the provider that the model's prefix names."""
    return await litellm.acompletion(
        model=MODEL,
        messages=[{"role": "user", "content": message}],
        stream=stream,
        # region step 8: do not wait for ever
        timeout=30,  # seconds; without it LiteLLM waits ten minutes
        # endregion
    )


# endregion


# region step 6: handle failures
# The first line that fits wins, so the special cases stand above the general one.
FAILURES: list[tuple[type[Exception], int, str]] = [
    (litellm.Timeout, 504, "The model did not answer in time. Please try again."),
    (litellm.RateLimitError, 429, "The model is busy. Please try again in a minute."),
    (litellm.ContextWindowExceededError, 413, "The message is too long for the model."),
    (openai.APIError, 502, "The model could not answer. Please try again later."),
]


@app.exception_handler(openai.APIError)
async def answer_failure(request: Request, error: Exception) -> JSONResponse:
    """Answer in our own words: the provider's may hold a key, a host name or a prompt.

    Every exception that LiteLLM raises for a provider is an openai.APIError. Anything else is
    a bug of ours: it is not caught here, so it stays a 500.
    """
    for kind, status, detail in FAILURES:
        if isinstance(error, kind):
            return JSONResponse({"detail": detail}, status_code=status)
    raise error


# endregion


# region step 10: ship it, a log line for each request
logger = logging.getLogger("uvicorn.error")  # a logger that uvicorn has set up to print


@app.middleware("http")
async def log_outcome(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Log the outcome and the time, and never what the user or the model said."""
    started = time.perf_counter()
    status = 500  # what a bug of ours becomes
    try:
        response = await call_next(request)
        status = response.status_code
        return response
    finally:
        seconds = time.perf_counter() - started
        logger.info("%s %s -> %d in %.3f s", request.method, request.url.path, status, seconds)


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


# region step 10: ship it, a health check and streaming
@app.get("/health")
async def health() -> dict[str, str]:
    """Say that the server runs. It costs no call to the model."""
    return {"status": "ok"}


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput) -> StreamingResponse:
    """Send the model's text piece by piece, as server-sent events."""
    # Awaited here, before the answer begins: a failure can still choose the status code.
    chunks = await ask_model(user_input.message, stream=True)
    return StreamingResponse(events(chunks), media_type="text/event-stream")


async def events(chunks: Any) -> AsyncIterator[str]:
    """Turn LiteLLM's chunks into one event a piece of text. No [DONE] means: it broke off."""
    try:
        async for chunk in chunks:
            if chunk.choices and chunk.choices[0].delta.content:
                yield f"data: {json.dumps({'delta': chunk.choices[0].delta.content})}\n\n"
    except openai.APIError as error:
        logger.warning("stream broke off: %s", type(error).__name__)
        return
    yield "data: [DONE]\n\n"


# endregion
