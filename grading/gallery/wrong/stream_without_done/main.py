import json
import logging
import os
import time
from contextlib import contextmanager

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("main")
app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.middleware("http")
async def timing(request: Request, call_next):
    begin = time.perf_counter()
    response = await call_next(request)
    if request.url.path == "/generate":
        logger.info("generate: %s (%.3f s)", response.status_code, time.perf_counter() - begin)
    return response


@contextmanager
def failures():
    try:
        yield
    except litellm.Timeout as e:
        raise HTTPException(504, "We have waited long enough.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "We have asked often enough.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "We have written more than enough.") from e
    except openai.APIError as e:
        raise HTTPException(502, "We have not got an answer.") from e


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    with failures():
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "We have got an empty answer.")
    return UserOutput(response=completion.choices[0].message.content)


@app.post("/generate/stream")
async def stream(user_input: UserInput):
    with failures():
        chunks = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
            stream=True,
        )

    async def events():
        async for chunk in chunks:
            for choice in chunk.choices:
                if choice.delta.content:
                    yield f"data: {json.dumps({'delta': choice.delta.content})}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
