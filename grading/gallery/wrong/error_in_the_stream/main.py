import json
import logging
import os
import time

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("pieces")
app = FastAPI()

FAILURES = [
    (litellm.Timeout, 504, "The pieces did not come."),
    (litellm.RateLimitError, 429, "Too many pieces."),
    (litellm.ContextWindowExceededError, 413, "Too big a piece."),
    (openai.APIError, 502, "All in pieces."),
]


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.exception_handler(openai.APIError)
async def failed(request: Request, error: openai.APIError):
    status, detail = next((status, detail) for kind, status, detail in FAILURES if isinstance(error, kind))
    return JSONResponse({"detail": detail}, status)


@app.middleware("http")
async def log_line(request: Request, call_next):
    start = time.perf_counter()
    response = await call_next(request)
    logger.info("%s %d %.3f", request.url.path, response.status_code, time.perf_counter() - start)
    return response


def call(message: str, stream: bool = False):
    messages = [{"role": "user", "content": message}]
    return litellm.acompletion(model=os.environ["LLM_MODEL"], messages=messages, timeout=30, stream=stream)


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    completion = await call(user_input.message)
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "No pieces.")
    return UserOutput(response=completion.choices[0].message.content)


def event(data: object) -> str:
    return f"data: {json.dumps(data)}\n\n"


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput):
    chunks = await call(user_input.message, stream=True)

    async def events():
        try:
            async for chunk in chunks:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield event({"delta": chunk.choices[0].delta.content})
            yield "data: [DONE]\n\n"
        except openai.APIError as error:
            yield event({"error": str(error)})

    return StreamingResponse(events(), media_type="text/event-stream")
