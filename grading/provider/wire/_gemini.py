"""Gemini's protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject, Message, messages, system
from grading.provider.wire._dialect import Dialect

_USAGE = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}


class GenerateContent(Dialect):
    """`POST …/models/MODEL:generateContent` and `:streamGenerateContent`."""

    provider = "gemini"
    path = re.compile(r"/models/(?P<model>[^/:]+):(?P<stream>streamG|g)enerateContent$")
    too_long = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."

    def model(self, path: re.Match[str], body: JsonObject) -> object:
        return path["model"]

    def streams(self, path: re.Match[str], body: JsonObject) -> bool:
        return path["stream"] == "streamG"

    def messages(self, body: JsonObject) -> list[Message]:
        instruction = body.get("systemInstruction") or body.get("system_instruction")
        parts = instruction.get("parts") if isinstance(instruction, dict) else instruction
        return system(parts) + messages(body.get("contents"), "parts")

    def answer(self, model: str, text: str | None) -> JsonObject:
        content = {"role": "model", "parts": [] if text is None else [{"text": text}]}
        return {**self.no_choices(model), "candidates": [{"index": 0, "content": content, "finishReason": "STOP"}]}

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "candidates": [{**each, "finishReason": "MAX_TOKENS"} for each in answer["candidates"]]}

    def no_choices(self, model: str) -> JsonObject:
        return {"candidates": [], "usageMetadata": _USAGE, "modelVersion": model}

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        for piece in pieces[:-1]:
            event = self.answer(model, piece)
            del event["candidates"][0]["finishReason"]
            yield event
        yield self.answer(model, pieces[-1] if pieces else None)

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        name = code or ("INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
        return {"error": {"code": status, "message": message, "status": name}}
