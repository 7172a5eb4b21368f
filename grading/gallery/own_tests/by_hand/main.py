"""Starlette only: checked by hand, documented by hand, with a system prompt, and no second try at the provider."""

import os

import litellm
import openai
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
LIMIT = 4_000


def describe(name: str, field: str) -> dict:
    schema = {"title": name, "type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    return {"content": {"application/json": {"schema": schema}}}


ROUTE = {
    "operationId": "answer_question",
    "requestBody": {"required": True, **describe("Question", "message")},
    "responses": {"200": {"description": "The text", **describe("Reply", "response")}},
}
OPENAPI = {"openapi": "3.1.0", "info": {"title": "Ask away", "version": "1"}, "paths": {"/generate": {"post": ROUTE}}}


async def read_message(request: Request) -> str:
    try:
        body = await request.json()
    except ValueError:
        raise HTTPException(422, "Send JSON.") from None
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        raise HTTPException(422, "Send a text as message.")
    message = message.strip()
    if not message:
        raise HTTPException(422, "The message is blank.")
    if len(message) > LIMIT:
        raise HTTPException(422, "The message is too long.")
    return message


def status_of(error: openai.APIError) -> int:
    statuses = {litellm.Timeout: 504, litellm.RateLimitError: 429, litellm.ContextWindowExceededError: 413}
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), 502)


async def answer_question(request: Request) -> JSONResponse:
    message = await read_message(request)
    messages = [SYSTEM, {"role": "user", "content": message}]
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=messages, timeout=20, max_retries=0
        )
    except openai.APIError as error:
        raise HTTPException(status_of(error), "No answer this time.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "An empty answer came.")
    return JSONResponse({"response": completion.choices[0].message.content}, headers={"x-served-by": "ask-away"})


async def show_openapi(request: Request) -> JSONResponse:
    return JSONResponse(OPENAPI)


async def show_problem(request: Request, problem: HTTPException) -> JSONResponse:
    return JSONResponse({"detail": problem.detail}, problem.status_code, problem.headers)


app = Starlette(
    routes=[Route("/generate", answer_question, methods=["POST"]), Route("/openapi.json", show_openapi)],
    exception_handlers={HTTPException: show_problem},
)
