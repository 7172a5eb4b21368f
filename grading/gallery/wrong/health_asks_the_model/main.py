import json
import logging
import os
import time

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.middleware("http")
async def outcome(request: Request, call_next) -> Response:
    start = time.monotonic()
    response = await call_next(request)
    if request.url.path == "/generate":
        log.info("status %d after %.3f seconds", response.status_code, time.monotonic() - start)
    return response


def ask(message: str, **more):
    return litellm.completion(
        model=os.environ["LLM_MODEL"],
        messages=[{"role": "user", "content": message}],
        timeout=30,
        **more,
    )


def explain(error: openai.APIError):
    if isinstance(error, litellm.Timeout):
        raise HTTPException(504, "no answer in time") from error
    if isinstance(error, litellm.RateLimitError):
        raise HTTPException(429, "too many requests") from error
    if isinstance(error, litellm.ContextWindowExceededError):
        raise HTTPException(413, "message too long for the model") from error
    raise HTTPException(502, "no answer") from error


@app.get("/health")
def health():
    try:
        ask("ping", max_tokens=5)
    except openai.APIError:
        raise HTTPException(503, "the model does not answer") from None
    return {"status": "ok"}


@app.post("/generate")
def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = ask(user_input.message)
    except openai.APIError as error:
        explain(error)
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "empty answer")
    return UserOutput(response=completion.choices[0].message.content)


def events(stream):
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            yield "data: " + json.dumps({"delta": chunk.choices[0].delta.content}) + "\n\n"
    yield "data: [DONE]\n\n"


@app.post("/generate/stream")
def generate_stream(user_input: UserInput):
    try:
        stream = ask(user_input.message, stream=True)
    except openai.APIError as error:
        explain(error)
    return StreamingResponse(events(stream), media_type="text/event-stream")
