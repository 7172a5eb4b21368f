"""The fake provider's wire formats: read any provider's chat request, and answer it in the same protocol.

Pure functions on httpx's requests and responses; nothing is sent. The requests come from programs that nobody
has read yet: whatever is in them, all functions raise nothing but `NotAChatRequest`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

import httpx

from grading.provider.wire._anthropic import Messages
from grading.provider.wire._chat import ChatRequest, JsonObject, Message, NotAChatRequest
from grading.provider.wire._cohere import CohereChat
from grading.provider.wire._dialect import Dialect
from grading.provider.wire._gemini import GenerateContent
from grading.provider.wire._ollama import OllamaChat, OllamaGenerate
from grading.provider.wire._openai import ChatCompletions, Completions, Responses

__all__ = [
    "ChatRequest",
    "Message",
    "NotAChatRequest",
    "answer_error",
    "answer_no_choices",
    "answer_text",
    "describe_model",
    "read_request",
]

_OPENAI: tuple[Dialect, ...] = (ChatCompletions(), Completions(), Responses())
_DIALECTS = (*_OPENAI, Messages(), GenerateContent(), OllamaChat(), OllamaGenerate(), CohereChat())
_LARGEST_BODY = 1_000_000  # bytes
_PIECES = 8
# The OpenAI SDK repeats a request after that many milliseconds (Retry-After would make it sleep for seconds), or never.
_INSTANT_RETRY, _NO_RETRY = {"retry-after-ms": "1"}, {"x-should-retry": "false"}


def read_request(request: httpx.Request) -> ChatRequest:
    """Read `request`, whose body must have been read before. Raises NotAChatRequest."""
    return _read(request)[2]


def answer_text(request: httpx.Request, text: str | None) -> httpx.Response:
    """Return a 200 with `text` as the model's whole answer, in a few pieces if a stream was asked for.

    None makes an answer whose text is null, or the nearest thing that the protocol knows.
    """
    dialect, body, chat = _read(request)
    if not chat.stream:
        return _json(request, 200, dialect.answer(chat.model, text))
    size = math.ceil(len(text or "") / _PIECES) or 1
    pieces = [text[start : start + size] for start in range(0, len(text), size)] if text else []
    return _stream(request, dialect, dialect.events(chat.model, pieces, body))


def answer_no_choices(request: httpx.Request) -> httpx.Response:
    """Return a 200 that offers no answer at all: no choices, no candidates, or a stream that ends at once."""
    dialect, _, chat = _read(request)
    return _stream(request, dialect, []) if chat.stream else _json(request, 200, dialect.no_choices(chat.model))


def answer_error(
    request: httpx.Request, status: int, message: str, code: str | None = None, *, retry: bool = True
) -> httpx.Response:
    """Return an error in the protocol's own form. With `retry`, an SDK may repeat the request, at once."""
    response = _json(request, status, _read(request)[0].error(status, message, code))
    response.headers.update(_INSTANT_RETRY if retry else _NO_RETRY)
    return response


def describe_model(request: httpx.Request) -> httpx.Response | None:
    """Answer Ollama's `POST /api/show`, None to anything else.

    LiteLLM asks that on its own, before and after a chat, about models that its price list doesn't name.
    """
    if request.method != "POST" or not request.url.path.endswith("/api/show"):
        return None
    return _json(request, 200, {"template": "", "model_info": {}, "capabilities": ["completion"]})


def _json(request: httpx.Request, status: int, body: JsonObject) -> httpx.Response:
    # Not httpx's own json=…: that writes UTF-8, and so fails on a lone surrogate.
    headers = {"content-type": "application/json"}
    return httpx.Response(status, headers=headers, content=json.dumps(body), request=request)


def _stream(request: httpx.Request, dialect: Dialect, events: Iterable[JsonObject]) -> httpx.Response:
    content = "".join(map(dialect.frame, events)) + dialect.stream_end
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
        raise NotAChatRequest(f"POST {url} cannot be read as a chat request: {str(error).rstrip('.')}.") from error
    chat = ChatRequest(dialect.provider, model, messages, dialect.streams(path, body), _timeout(request))
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
