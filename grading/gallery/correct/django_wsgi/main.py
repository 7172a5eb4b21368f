"""A Django project in one file; the server takes its WSGI application under the name app."""

import json
import logging
import os
import secrets

import django
import litellm
import openai
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY=secrets.token_hex(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "main.failures_in_our_words"],
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

log = logging.getLogger("generate")


class Problem(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class failures_in_our_words:
    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception):
        match error:
            case Problem():
                status, detail = error.status, error.detail
            case litellm.Timeout():
                status, detail = 504, "That took the model too long."
            case litellm.RateLimitError():
                status, detail = 429, "The model is busy."
            case litellm.ContextWindowExceededError():
                status, detail = 413, "The model cannot read so long a message."
            case openai.APIError():
                status, detail = 502, "The model failed."
            case _:
                return None  # Django's own 500
        log.warning("answered %d", status)
        return JsonResponse({"detail": detail}, status=status)


def read_message(request: HttpRequest) -> str:
    try:
        message = json.loads(request.body)["message"]
    except (ValueError, KeyError, TypeError):
        raise Problem(422, "Send a JSON object with a message.") from None
    if not isinstance(message, str) or not message.strip() or len(message) > 4000:
        raise Problem(422, "The message must be a text of 1 to 4000 characters.")
    return message


@require_POST
def generate(request: HttpRequest) -> JsonResponse:
    completion = litellm.completion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": read_message(request)}], timeout=40
    )
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise Problem(502, "The model said nothing.")
    return JsonResponse({"response": text})


def document(request: HttpRequest) -> JsonResponse:
    def of(name: str) -> dict:
        schema = {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}
        return {"content": {"application/json": {"schema": schema}}}

    post = {
        "requestBody": {"required": True, **of("message")},
        "responses": {"200": {"description": "ok", **of("response")}},
    }
    about = {"openapi": "3.0.3", "info": {"title": "chat", "version": "1.0"}, "paths": {"/generate": {"post": post}}}
    return JsonResponse(about)


urlpatterns = [path("generate", generate), path("openapi.json", document)]
app = application = get_wsgi_application()
