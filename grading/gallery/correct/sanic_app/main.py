"""Sanic: blueprint, exception handlers, a body that is read by hand."""

import os

import litellm
import openai
from sanic import Blueprint, Request, Sanic, json
from sanic.exceptions import SanicException

routes = Blueprint("routes")


class Refused(SanicException):
    status_code = 422


def message_in(request: Request) -> str:
    try:
        body = request.load_json()
    except SanicException:
        body = None
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        raise Refused("Expected an object with the text message.")
    if message.isspace() or message == "" or len(message) > 4000:
        raise Refused("Expected a message of 1 to 4000 characters.")
    return message


@routes.post("/generate")
async def generate(request: Request):
    prompt = {"role": "user", "content": message_in(request)}
    completion = await litellm.acompletion(model=os.environ["LLM_MODEL"], messages=[prompt], timeout=55)
    for choice in completion.choices[:1]:
        if choice.message.content:
            return json({"response": choice.message.content})
    raise SanicException("The model is silent.", status_code=502)


@routes.get("/openapi.json")
async def openapi(request: Request):
    def content(name: str) -> dict:
        return {
            "application/json": {
                "schema": {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
            }
        }

    post = {
        "requestBody": {"required": True, "content": content("message")},
        "responses": {"200": {"description": "The answer", "content": content("response")}},
    }
    return json({"openapi": "3.1.0", "info": {"title": "S", "version": "1"}, "paths": {"/generate": {"post": post}}})


async def in_json(request: Request, error: SanicException):
    return json({"detail": str(error)}, status=error.status_code, headers=error.headers)


async def failed(request: Request, error: openai.APIError):
    statuses = {litellm.Timeout: 504, litellm.RateLimitError: 429, litellm.ContextWindowExceededError: 413}
    status = next((status for kind, status in statuses.items() if isinstance(error, kind)), 502)
    return json({"detail": "The model could not answer."}, status=status)


app = Sanic("generate")
app.blueprint(routes)
app.error_handler.add(SanicException, in_json)
app.error_handler.add(openai.APIError, failed)
