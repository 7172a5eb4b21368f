"""POST /generate, POST /generate/stream and GET /health."""

import json
import logging
import os
import time
from collections.abc import AsyncIterator
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, StringConstraints

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
log = logging.getLogger("generate")

app = FastAPI()


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Reply(BaseModel):
    response: str


@app.middleware("http")
async def log_outcome(request: Request, call_next):
    """One line for each request to /generate: never what was said, only how it went."""
    if request.url.path != "/generate":
        return await call_next(request)
    start = time.perf_counter()
    outcome: int | str = "crashed"
    try:
        response = await call_next(request)
        outcome = response.status_code
        return response
    finally:
        log.info("outcome=%s seconds=%.3f", outcome, time.perf_counter() - start)


def as_http(error: openai.APIError) -> HTTPException:
    if isinstance(error, litellm.Timeout):
        return HTTPException(504, "The model did not answer in time.")
    if isinstance(error, litellm.RateLimitError):
        return HTTPException(429, "The model is busy. Please try again soon.")
    if isinstance(error, litellm.ContextWindowExceededError):
        return HTTPException(413, "The message is too long for the model.")
    return HTTPException(502, "The model could not be reached.")


async def call(message: str, stream: bool):
    return await litellm.acompletion(
        model=os.environ["LLM_MODEL"],
        messages=[{"role": "user", "content": message}],
        timeout=30,
        stream=stream,
    )


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/generate", responses={200: {"model": Reply}})
async def generate(user_input: UserInput):
    try:
        completion = await call(user_input.message, stream=False)
    except openai.APIError as error:
        raise as_http(error) from error
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The model gave an empty answer.")
    return json.dumps({"response": text})


async def deltas(message: str) -> AsyncIterator[str]:
    async for chunk in await call(message, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput) -> StreamingResponse:
    pieces = deltas(user_input.message)
    # The first piece is fetched here: as long as nothing is sent, a failure can still get its status.
    try:
        first = await anext(pieces)
    except openai.APIError as error:
        raise as_http(error) from error
    except StopAsyncIteration:
        raise HTTPException(502, "The model gave an empty answer.") from None

    async def events() -> AsyncIterator[str]:
        yield event(first)
        try:
            async for piece in pieces:
                yield event(piece)
        except openai.APIError:
            return  # cut short: no [DONE]
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


def event(piece: str) -> str:
    return f"data: {json.dumps({'delta': piece})}\n\n"
