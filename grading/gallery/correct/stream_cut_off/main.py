"""POST /generate, POST /generate/stream and GET /health, as one small class."""

import json
import logging
import os
import time

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

log = logging.getLogger("uvicorn.error")
app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


class BrokenStreamError(Exception):
    """Ends the connection, so that nobody takes the half for the whole."""


class Timer:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        began = time.monotonic()

        async def sending(message):
            if message["type"] == "http.response.start":
                log.info("status=%d after %.3f s", message["status"], time.monotonic() - began)
            await send(message)

        await self.app(scope, receive, sending)


app.add_middleware(Timer)


@app.exception_handler(openai.APIError)
async def no_answer(request: Request, error: openai.APIError) -> JSONResponse:
    status, detail = 502, "The source is dry."
    if isinstance(error, litellm.Timeout):
        status, detail = 504, "The source is slow."
    elif isinstance(error, litellm.RateLimitError):
        status, detail = 429, "The source is crowded."
    elif isinstance(error, litellm.ContextWindowExceededError):
        status, detail = 413, "The bucket is too big."
    return JSONResponse({"detail": detail}, status)


async def ask(message: str, **more):
    messages = [{"role": "user", "content": message}]
    return await litellm.acompletion(os.environ["LLM_MODEL"], messages=messages, timeout=30, **more)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    completion = await ask(user_input.message)
    text = completion.choices and completion.choices[0].message.content
    if not text:
        raise HTTPException(502, "The bucket is empty.")
    return UserOutput(response=text)


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput) -> StreamingResponse:
    chunks = await ask(user_input.message, stream=True)

    async def flow():
        try:
            async for chunk in chunks:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield f"data: {json.dumps({'delta': chunk.choices[0].delta.content})}\n\n"
        except Exception:
            raise BrokenStreamError from None
        yield "data: [DONE]\n\n"

    return StreamingResponse(flow(), media_type="text/event-stream")
