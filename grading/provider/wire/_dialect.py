"""What every protocol has to know: how to find the question in a request, and how to say an answer."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable

from grading.provider.wire._chat import JsonObject, Message, messages

_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def error_type(status: int) -> str:
    """Name the kind of an error, as Anthropic and many others do.

    LiteLLM reads these names: with "invalid_request_error" a 429 would become a BadRequestError.
    """
    return _ERRORS.get(status, "server_error" if status >= 500 else "api_error")


class Dialect(ABC):
    """One protocol. Its methods read JSON of unknown origin, and raise ValueError where they can't."""

    provider: str
    path: re.Pattern[str]
    stream_type = "text/event-stream"
    stream_end = ""
    has_roles = True
    too_long = "This model's maximum context length is 128000 tokens. Please reduce the length of the messages."
    """How it refuses a prompt that is too long for the model: LiteLLM goes by each provider's own words."""

    def model(self, path: re.Match[str], body: JsonObject) -> object:
        """Return the model's name."""
        return body.get("model")

    def streams(self, path: re.Match[str], body: JsonObject) -> bool:
        """Tell if the answer is wanted in pieces."""
        return body.get("stream") is True

    def messages(self, body: JsonObject) -> list[Message]:
        """Return the conversation, system prompt first."""
        return messages(body.get("messages"))

    @abstractmethod
    def answer(self, model: str, text: str | None) -> JsonObject:
        """Return a whole answer; with None, one that has no text."""

    @abstractmethod
    def cut_off(self, answer: JsonObject) -> JsonObject:
        """Return the answer, marked as one that ended because it reached the limit of tokens."""

    def no_choices(self, model: str) -> JsonObject:
        """Return an answer that offers nothing at all, if the protocol knows alternatives to choose from."""
        return self.answer(model, None)

    @abstractmethod
    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterable[JsonObject]:
        """Yield the events of a streamed answer; no pieces make one that has no text."""

    @abstractmethod
    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        """Return the body of an error."""

    def stream_error(self, message: str) -> JsonObject:
        """Return the event by which a stream that has begun says that it breaks off."""
        return self.error(500, message, "server_error")

    def frame(self, event: JsonObject) -> bytes:
        """Write one event. JSON's escapes matter: httpx ends a line at U+2028, too."""
        name = f"event: {event['type']}\n" if "type" in event else ""
        return f"{name}data: {json.dumps(event)}\n\n".encode()


class JsonLines(Dialect):
    """A protocol that streams one JSON object in each line."""

    stream_type = "application/x-ndjson"

    def frame(self, event: JsonObject) -> bytes:
        """Write one event."""
        return f"{json.dumps(event)}\n".encode()
