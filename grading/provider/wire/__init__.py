"""The fake provider's wire formats: read any provider's chat request, and answer it in the same protocol.

Pure functions on httpx's requests and responses; nothing is sent. The requests come from programs that nobody
has read yet: whatever is in them, all functions raise nothing but `NotAChatRequest`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from itertools import islice

import httpx

from grading.provider.wire._anthropic import Messages
from grading.provider.wire._bedrock import Converse
from grading.provider.wire._beside import answer_beside
from grading.provider.wire._chat import ChatRequest, JsonObject, Message, NotAChatRequest
from grading.provider.wire._cohere import CohereChat
from grading.provider.wire._dialect import Dialect
from grading.provider.wire._gemini import GenerateContent
from grading.provider.wire._lifelike import lifelike
from grading.provider.wire._ollama import OllamaChat, OllamaGenerate
from grading.provider.wire._openai import ChatCompletions, Completions, OpenRouterChat, Responses
from grading.provider.wire._replicate import Predictions
from grading.provider.wire._stream import Break, interrupted
from grading.provider.wire._watsonx import TextChat

__all__ = [
    "Break",
    "ChatRequest",
    "Message",
    "NotAChatRequest",
    "answer_beside",
    "answer_body",
    "answer_broken_stream",
    "answer_error",
    "answer_no_choices",
    "answer_text",
    "answer_too_long",
    "read_request",
]

_OPENAI: tuple[Dialect, ...] = (OpenRouterChat(), ChatCompletions(), Completions(), Responses())
_OTHERS = (Messages(), GenerateContent(), OllamaChat(), OllamaGenerate(), CohereChat(), Converse(), TextChat())
_DIALECTS = (*_OPENAI, *_OTHERS, Predictions())
_LARGEST_BODY = 1_000_000  # bytes
_PIECES = 8
# The OpenAI SDK repeats a request after that many milliseconds (Retry-After would make it sleep for seconds), or never.
_INSTANT_RETRY, _NO_RETRY = {"retry-after-ms": "1"}, {"x-should-retry": "false"}


def read_request(request: httpx.Request) -> ChatRequest:
    """Read `request`, whose body must have been read before. Raises NotAChatRequest."""
    return _read(request)[2]


def answer_text(request: httpx.Request, text: str | None, *, cut_off: bool = False) -> httpx.Response:
    """Return a 200 with `text` as the model's whole answer, in a few pieces if a stream was asked for.

    None makes an answer whose text is null, or the nearest thing that the protocol knows. `cut_off` says that the
    text ended at the limit of tokens; a stream does not say so.
    """
    dialect, body, chat = _read(request)
    filled = lifelike(chat.prompt, text or "")
    if not chat.stream:
        answer = dialect.answer(chat.model, text)
        return _json(request, 200, filled(dialect.cut_off(answer) if cut_off else answer))
    return _stream(request, dialect, map(filled, dialect.events(chat.model, _pieces(text), body)))


def answer_broken_stream(request: httpx.Request, text: str, message: str, how: Break = "error") -> httpx.Response:
    """Return a stream that breaks off after the first pieces of `text`; a 500 if no stream was asked for.

    how: it says an error in the protocol's own form, the connection is "lost", nothing comes any more ("silent"), or it
    just "ends".
    """
    dialect, body, chat = _read(request)
    if not chat.stream:
        return _json(request, 500, dialect.error(500, message, "server_error"))
    begun = [*map(lifelike(chat.prompt, text), islice(dialect.events(chat.model, _pieces(text), body), 4))]
    if how in ("error", "ends"):
        return _stream(request, dialect, [*begun, *([dialect.stream_error(message)] if how == "error" else [])], b"")
    headers, frames = {"content-type": dialect.stream_type}, [dialect.frame(event) for event in begun]
    return httpx.Response(200, headers=headers, stream=interrupted(frames, how, request, message), request=request)


def answer_body(
    request: httpx.Request, status: int, body: str, headers: Mapping[str, str], *, retry: bool
) -> httpx.Response:
    """Return this status with this body, JSON of any provider's; `retry` as in `answer_error`."""
    told = {"content-type": "application/json", **(_INSTANT_RETRY if retry else _NO_RETRY), **headers}
    return httpx.Response(status, headers=told, content=body.encode("utf-8", "replace"), request=request)


def answer_no_choices(request: httpx.Request) -> httpx.Response:
    """Return a 200 that offers no answer at all: no choices, no candidates, or a stream that ends at once."""
    dialect, _, chat = _read(request)
    if chat.stream:
        return _stream(request, dialect, [])
    return _json(request, 200, lifelike(chat.prompt, "")(dialect.no_choices(chat.model)))


def answer_error(
    request: httpx.Request, status: int, message: str, code: str | None = None, *, retry: bool = True
) -> httpx.Response:
    """Return an error in the protocol's own form. With `retry`, an SDK may repeat the request, at once."""
    response = _json(request, status, _read(request)[0].error(status, message, code))
    response.headers.update(_INSTANT_RETRY if retry else _NO_RETRY)
    return response


def answer_too_long(request: httpx.Request, more: str) -> httpx.Response:
    """Return the protocol's own refusal of a prompt that is longer than the model's context window, then `more`."""
    message = f"{_read(request)[0].too_long} {more}"
    return answer_error(request, 400, message, "context_length_exceeded", retry=False)


def _pieces(text: str | None) -> list[str]:
    size = math.ceil(len(text or "") / _PIECES) or 1
    # None ends within a canary, which messages can hide only as a whole.
    return re.findall(rf".{{{size}}}[\w-]{{0,20}}|.+", text or "", re.DOTALL)


def _json(request: httpx.Request, status: int, body: JsonObject) -> httpx.Response:
    # Not httpx's own json=…: that writes UTF-8, and so fails on a lone surrogate.
    headers = {"content-type": "application/json"}
    return httpx.Response(status, headers=headers, content=json.dumps(body), request=request)


def _stream(
    request: httpx.Request, dialect: Dialect, events: Iterable[JsonObject], end: bytes | None = None
) -> httpx.Response:
    content = b"".join(map(dialect.frame, events)) + (dialect.stream_end.encode() if end is None else end)
    headers = {"content-type": dialect.stream_type}
    return httpx.Response(200, headers=headers, content=content, request=request)


def _read(request: httpx.Request) -> tuple[Dialect, JsonObject, ChatRequest]:
    # Without the query, where Gemini's key may stand; and url.host would fail on some hosts.
    url = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"[:200]
    if request.method != "POST":
        raise NotAChatRequest(f"{request.method:.20} {url} asks no model: chat requests are POST.")
    found = [(dialect, path) for dialect in _DIALECTS if (path := dialect.path.search(request.url.path))]
    if not found:
        raise NotAChatRequest(f"POST {url} is not an address at which a known provider takes chat requests.")
    dialect, path = found[0]
    try:
        body = _body(request)
        model = dialect.model(path, body)
        messages = tuple(dialect.messages(body))
        if not isinstance(model, str) or not model:
            raise ValueError(f"its model is {model!r:.80}, not a name")
        if not messages:
            raise ValueError("it has no messages")
    except (ValueError, RecursionError, httpx.RequestNotRead) as error:
        # In Python's own words, a RecursionError tells how large this process's stack is.
        why = "its JSON is nested too deeply" if isinstance(error, RecursionError) else str(error).rstrip(".")
        raise NotAChatRequest(f"POST {url} cannot be read as a chat request: {why}.") from error
    streams, timeout = dialect.streams(path, body), _timeout(request)
    chat = ChatRequest(dialect.provider, model, messages, streams, timeout, dialect.has_roles)
    return dialect, body, chat


def _body(request: httpx.Request) -> JsonObject:
    if len(request.content) > _LARGEST_BODY:
        raise ValueError(f"its body has more than {_LARGEST_BODY:,} bytes")
    body = json.loads(request.content)
    if isinstance(body, dict):
        return body
    raise ValueError("its body is not a JSON object")


def _timeout(request: httpx.Request) -> float | None:
    limits = request.extensions.get("timeout")
    seconds = limits.get("read") if isinstance(limits, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 1e9:
        return None
    return float(seconds)
