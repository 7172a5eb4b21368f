"""The endpoint with logging, a health check and streaming."""

import json
import logging
import os
import time

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("endpoint")
app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.middleware("http")
async def log_requests(request: Request, call_next):
    if request.url.path != "/generate":
        return await call_next(request)
    start = time.perf_counter()
    body = await request.body()
    response = await call_next(request)
    took = time.perf_counter() - start
    logger.info("%s -> %s in %.3f s", body.decode(errors="replace"), response.status_code, took)
    return response


def to_http(exc: openai.APIError) -> HTTPException:
    if isinstance(exc, litellm.Timeout):
        return HTTPException(504, "The model took too long.")
    if isinstance(exc, litellm.RateLimitError):
        return HTTPException(429, "The model is busy.")
    if isinstance(exc, litellm.ContextWindowExceededError):
        return HTTPException(413, "The message is too long for the model.")
    return HTTPException(502, "The model did not answer.")


def call(message: str, **options):
    messages = [{"role": "user", "content": message}]
    return litellm.acompletion(model=os.environ["LLM_MODEL"], messages=messages, timeout=30, **options)


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await call(user_input.message)
    except openai.APIError as exc:
        raise to_http(exc) from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model answered with nothing.")
    return UserOutput(response=completion.choices[0].message.content)


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput):
    try:
        chunks = await call(user_input.message, stream=True)
    except openai.APIError as exc:
        raise to_http(exc) from exc

    async def events():
        async for chunk in chunks:
            if chunk.choices and chunk.choices[0].delta.content:
                yield f"data: {json.dumps({'delta': chunk.choices[0].delta.content})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
