"""Cohere's protocol, version 2.

Its streams are plain JSON lines here: LiteLLM 1.110 fails on the `event:` lines of server-sent events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject
from grading.provider.wire._dialect import JsonLines

_USAGE = {"tokens": {"input_tokens": 1, "output_tokens": 1}}


class CohereChat(JsonLines):
    """`POST …/v2/chat`."""

    provider = "cohere"
    path = re.compile(r"/v2/chat$")

    def answer(self, model: str, text: str | None) -> JsonObject:
        content = [] if text is None else [{"type": "text", "text": text}]
        message = {"role": "assistant", "content": content}
        return {"id": "kit", "finish_reason": "COMPLETE", "message": message, "usage": _USAGE}

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "finish_reason": "MAX_TOKENS"}

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        yield {"type": "message-start", "id": "kit", "delta": {"message": {"role": "assistant"}}}
        for piece in pieces:
            yield {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": piece}}}}
        yield {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": _USAGE}}

    def stream_error(self, message: str) -> JsonObject:
        return {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": message}}

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"message": message}
