import json
import logging
import os
import time
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, StringConstraints

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
logger = logging.getLogger("generate")

app = FastAPI()


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class UserOutput(BaseModel):
    response: str


@app.exception_handler(openai.APIError)
async def failed(request, exc: openai.APIError):
    problem = HTTPException(502, "Something went wrong with the model.")
    if isinstance(exc, litellm.Timeout):
        problem = HTTPException(504, "The model was too slow.")
    elif isinstance(exc, litellm.RateLimitError):
        problem = HTTPException(429, "The model was too busy.")
    elif isinstance(exc, litellm.ContextWindowExceededError):
        problem = HTTPException(413, "The message was too long.")
    return await http_exception_handler(request, problem)


async def ask(user_input: UserInput, stream: bool = False):
    return await litellm.acompletion(
        model=os.environ["LLM_MODEL"],
        messages=[{"role": "user", "content": user_input.message}],
        timeout=30,
        stream=stream,
    )


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    start = time.perf_counter()
    completion = await ask(user_input)
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model gave nothing back.")
    logger.info("200 after %.3f seconds", time.perf_counter() - start)
    return UserOutput(response=completion.choices[0].message.content)


async def events(chunks):
    async for chunk in chunks:
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text:
            yield "data: " + json.dumps({"delta": text}) + "\n\n"
    yield "data: [DONE]\n\n"


@app.post("/generate/stream")
async def generate_stream(user_input: UserInput):
    return StreamingResponse(events(await ask(user_input, stream=True)), media_type="text/event-stream")
