"""Weather: how the server treats the next requests, so that a student can watch the program cope.

`times` counts the requests that reach the server, and one call of LiteLLM may be several: with the prefixes
openai/ and llamafile/, the OpenAI SDK retries up to twice after a 429, a 5xx, a time-out or a lost
connection. So `times: 2` shows a program that recovers, `times: 3` one whole call that fails.
"""

from __future__ import annotations

import json
import threading
from typing import Any, Literal

from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from grading.laptop.model.engine import MODEL
from grading.provider.failures import failure as real_failure
from grading.provider.failures.canary import with_canary

Name = Literal[
    "sunny", "slow", "throttled", "quota", "failing", "overloaded", "filtered", "too_long", "empty", "garbled", "down"
]

ABOUT: dict[Name, str] = {
    "sunny": "answers as usual",
    "slow": "waits `seconds` (0 to 600) first: above the program's time-out, it should answer 504, after 3 time-outs",
    "throttled": "429, too many requests: it should answer 429",
    "quota": "429, the quota is used up: it should answer 429, and not promise that waiting helps",
    "failing": "`status` 400, 401, 403, 404, 500, 503 or 529: it should answer 502",
    "overloaded": "503, the servers are overloaded: it should answer 502",
    "filtered": "400, a filter refuses the prompt: it should answer 502",
    "too_long": "400, the prompt is longer than the context window: it should answer 413",
    "empty": "200 without text, by `part`: choices (empty list), null or text (empty): it should answer 502",
    "garbled": "200 with something that is not JSON: it should answer 502",
    "down": "hangs up without an answer: it should answer 502",
}
TIMES = (
    "so many requests (1 to 1000) get this weather, then it is sunny again; without it, all do. LiteLLM asks "
    "up to 3 times when it gets a 429 or a 5xx, waits too long or loses the connection."
)

# Weather -> the kind of failure, and the provider whose words it has by itself; None: those below.
_REAL: dict[Name, tuple[str, str | None]] = {
    "throttled": ("throttled", None),
    "quota": ("quota", "openai"),
    "overloaded": ("overloaded", "openai"),
    "filtered": ("filter", "azure"),
    "too_long": ("too_long", None),
}

# What a careless provider says, and a careless program passes on. None of it is real.
SECRET_KEY = "sk-demo-7Qx2mustNotLeak9fVb"
SECRET_HOST = "llm-gateway-07.internal.example"
_LEAKY = f" (key {SECRET_KEY}, host {SECRET_HOST}, /srv/gateway/app.py line 212)"

_ERRORS: dict[int, tuple[str, str, str | None]] = {
    400: ("Unsupported value in the request", "invalid_request_error", "unsupported_value"),
    401: ("Incorrect API key provided", "invalid_request_error", "invalid_api_key"),
    403: ("Your project may not use this model", "permission_error", None),
    404: ("The model does not exist, or you have no access to it", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached: 3 requests per minute", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request", "server_error", None),
    503: ("The engine is being restarted", "server_error", None),
    529: ("The service is overloaded", "overloaded_error", None),
}


class Forecast(BaseModel):
    """Body of PUT /weather. Each weather reads only the fields that it needs."""

    model_config = ConfigDict(extra="forbid")

    weather: Name
    # The longest time-out that the contract allows is 60 s, so without a number every program has to give up.
    seconds: float = Field(default=70, ge=0, le=600)
    status: Literal[400, 401, 403, 404, 500, 503, 529] = 500
    part: Literal["choices", "null", "text"] = "choices"
    like: str | None = None
    """The provider whose words throttled, quota, overloaded, filtered and too_long take: "groq"."""
    times: int | None = Field(default=None, ge=1, le=1000)

    @model_validator(mode="after")
    def _has_words(self) -> Forecast:
        if self.like is not None and self.weather in _REAL:
            try:
                real_failure(self.like, _REAL[self.weather][0])
            except KeyError as unknown:
                raise ValueError(unknown.args[0]) from None
        return self


class Weather:
    """The current weather. Any thread may read and change it."""

    def __init__(self, forecast: Forecast | None = None) -> None:
        """Begin with `forecast`; None is sunny."""
        self._lock = threading.Lock()
        self._now = forecast or Forecast(weather="sunny")

    def set(self, forecast: Forecast) -> None:
        """Change it for the requests to come."""
        with self._lock:
            self._now = forecast

    def next(self) -> Forecast:
        """Return the weather for the next request, and count that one off its `times`."""
        with self._lock:
            now = self._now
            if now.times == 1:
                self._now = Forecast(weather="sunny")
            elif now.times is not None:
                self._now = now.model_copy(update={"times": now.times - 1})
            return now

    def report(self) -> dict[str, Any]:
        """Return the body of GET /weather: the current one (`times`: requests left), and all there are."""
        with self._lock:
            return self._now.model_dump() | {"all": ABOUT, "about_times": TIMES}


def storm(forecast: Forecast, stream: bool) -> Response | None:
    """Build the answer that this weather gives in the model's place; None if the model is to answer."""
    kind, usual = _REAL.get(forecast.weather, ("", None))
    if kind and (provider := forecast.like or usual):
        real = real_failure(provider, kind)
        return Response(with_canary(real.body, _LEAKY), real.status, media_type="application/json")
    if forecast.weather == "throttled":
        return _error(429)
    if forecast.weather == "failing":
        return _error(forecast.status)
    if forecast.weather == "too_long":  # LiteLLM recognizes it by "maximum context length is"
        message = "This model's maximum context length is 2048 tokens. Your messages have 9001."
        return failure(400, message + _LEAKY, "invalid_request_error", "context_length_exceeded")
    if forecast.weather == "garbled":
        page = f"<html><title>502</title>upstream error{_LEAKY}</html>"
        return _events(page) if stream else Response(page, media_type="application/json")
    if forecast.weather == "empty":
        return _empty(forecast.part, stream)
    return None


def failure(status: int, message: str, kind: str, code: str | None = None) -> JSONResponse:
    """Build an error answer in OpenAI's form; `kind` is its field "type"."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status)


def _error(status: int) -> JSONResponse:
    message, kind, code = _ERRORS[status]
    return failure(status, message + _LEAKY, kind, code)


def _empty(part: str, stream: bool) -> Response:
    said = {"role": "assistant", "content": "" if part == "text" else None}
    choice = {"index": 0, "delta" if stream else "message": said, "finish_reason": "stop"}
    body = {"id": "chatcmpl-empty", "created": 0, "model": MODEL, "choices": [] if part == "choices" else [choice]}
    if stream:
        return _events(json.dumps(body | {"object": "chat.completion.chunk"}), "[DONE]")
    usage = {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}
    return JSONResponse(body | {"object": "chat.completion", "usage": usage})


def _events(*datas: str) -> StreamingResponse:
    return StreamingResponse((f"data: {data}\n\n" for data in datas), media_type="text/event-stream")
