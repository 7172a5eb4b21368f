"""The same contract without FastAPI: one route, checked by hand, documented by hand."""

import json
import os

import litellm
import openai
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LIMIT = 4000


def document(field: str) -> dict:
    schema = {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    return {"application/json": {"schema": schema}}


OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Generate", "version": "1"},
    "paths": {
        "/generate": {
            "post": {
                "requestBody": {"required": True, "content": document("message")},
                "responses": {
                    "200": {"description": "The model's text", "content": document("response")},
                    "422": {"description": "Not a usable message"},
                },
            }
        }
    },
}


async def message_of(request: Request) -> str:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise HTTPException(422, "The body is not JSON.") from None
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        raise HTTPException(422, "The body needs a text under 'message'.")
    if not message.strip() or len(message) > LIMIT:
        raise HTTPException(422, f"The message must have 1 to {LIMIT} characters.")
    return message


async def text_for(message: str) -> str:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "The model did not answer in time.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is asked too often.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message does not fit into the model.") from None
    except openai.APIError:
        raise HTTPException(502, "The model did not answer.") from None
    if not completion.choices or not (text := completion.choices[0].message.content):
        raise HTTPException(502, "The model answered without text.")
    return text


async def generate(request: Request) -> JSONResponse:
    return JSONResponse({"response": await text_for(await message_of(request))})


async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(OPENAPI)


async def problem(request: Request, exc: HTTPException) -> JSONResponse:
    return JSONResponse({"detail": exc.detail}, exc.status_code, headers=exc.headers)


app = Starlette(
    routes=[Route("/generate", generate, methods=["POST"]), Route("/openapi.json", openapi)],
    exception_handlers={HTTPException: problem},
)
