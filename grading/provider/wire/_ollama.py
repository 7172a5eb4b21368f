"""Ollama's two protocols."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject, Message, system, text_of
from grading.provider.wire._dialect import JsonLines

# LiteLLM writes a conversation into one prompt, "### User:\nHello\n\n" (its function ollama_pt).
_TURN = re.compile(r"(?:\A|(?<=\n\n))### (User|System|Assistant):\n")


class OllamaChat(JsonLines):
    """`POST …/api/chat`."""

    provider = "ollama"
    path = re.compile(r"/api/chat$")

    def streams(self, path: re.Match[str], body: JsonObject) -> bool:
        return body.get("stream", True) is True

    def answer(self, model: str, text: str | None) -> JsonObject:
        return {**self.no_choices(model), **self._said(text)}

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "done_reason": "length"}

    def no_choices(self, model: str) -> JsonObject:
        named = {"model": model, "created_at": "2026-01-01T00:00:00Z"}
        return {**named, "done": True, "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 1}

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        last = self.answer(model, "")
        for piece in pieces:
            yield {"model": model, "created_at": last["created_at"], **self._said(piece), "done": False}
        yield last

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"error": message}

    def _said(self, text: str | None) -> JsonObject:
        return {"message": {"role": "assistant", "content": text}}


class OllamaGenerate(OllamaChat):
    """`POST …/api/generate`, without roles."""

    path = re.compile(r"/api/generate$")

    def messages(self, body: JsonObject) -> list[Message]:
        prompt = text_of(body.get("prompt"))
        before, *turns = _TURN.split(prompt)
        if before or not turns:
            return [*system(body.get("system")), Message("user", prompt)]
        pairs = zip(turns[::2], turns[1::2], strict=True)
        said = [Message(role.lower(), text.removesuffix("\n\n")) for role, text in pairs]
        return system(body.get("system")) + said

    def _said(self, text: str | None) -> JsonObject:
        return {"response": text}
