"""Anthropic's protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject, Message, system
from grading.provider.wire._dialect import Dialect, error_type


class Messages(Dialect):
    """`POST …/v1/messages`."""

    provider = "anthropic"
    path = re.compile(r"/v1/messages$")
    too_long = "prompt is too long: 210000 tokens > 200000 maximum"

    def messages(self, body: JsonObject) -> list[Message]:
        return system(body.get("system")) + super().messages(body)

    def answer(self, model: str, text: str | None) -> JsonObject:
        content = [] if text is None else [{"type": "text", "text": text}]
        named = {"id": "msg_kit", "type": "message", "role": "assistant", "model": model, "stop_sequence": None}
        usage = {"input_tokens": 1, "output_tokens": 1}
        return {**named, "content": content, "stop_reason": "end_turn", "usage": usage}

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "stop_reason": "max_tokens"}

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        yield {"type": "message_start", "message": {**self.answer(model, None), "stop_reason": None}}
        yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        for piece in pieces:
            yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
        yield {"type": "content_block_stop", "index": 0}
        yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
        yield {"type": "message_stop"}

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"type": "error", "error": {"type": error_type(status), "message": message}}
