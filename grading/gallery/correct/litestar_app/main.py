"""Litestar: a Struct of msgspec checks the body, exception handlers answer failures."""

import os
from typing import Annotated

import litellm
import openai
from litestar import Litestar, MediaType, Request, Response, post
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from msgspec import Meta, Struct


class UserInput(Struct):
    message: Annotated[str, Meta(max_length=4000)]


class Answer(Struct):
    response: str


@post("/generate", status_code=200)
async def generate(data: UserInput) -> Answer:
    if not data.message.strip():
        raise HTTPException(status_code=422, detail="Please write something.")
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": data.message}], timeout=45
    )
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(status_code=502, detail="Nothing came back.")
    return Answer(completion.choices[0].message.content)


def detail(status: int, text: str) -> Response:
    return Response({"detail": text}, status_code=status, media_type=MediaType.JSON)


def in_json(request: Request, error: HTTPException) -> Response:
    if error.status_code == 400:  # what Litestar says to a body that does not fit
        return detail(422, "The body must be JSON with a message of at most 4000 characters.")
    return detail(error.status_code, error.detail)


def provider_failed(request: Request, error: Exception) -> Response:
    if isinstance(error, litellm.Timeout):
        return detail(504, "Too slow.")
    if isinstance(error, litellm.RateLimitError):
        return detail(429, "Too many questions.")
    if isinstance(error, litellm.ContextWindowExceededError):
        return detail(413, "Too long for this model.")
    return detail(502, "The model is out of order.")


app = Litestar(
    route_handlers=[generate],
    exception_handlers={HTTPException: in_json, openai.APIError: provider_failed},
    openapi_config=OpenAPIConfig("Generate", "1", path="/", render_plugins=[JsonRenderPlugin(path="/openapi.json")]),
)
