"""Replicate's protocol: a prediction is ordered, then fetched until it is ready. Here it is ready at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject, Message, system, text_of
from grading.provider.wire._dialect import Dialect


class Predictions(Dialect):
    """`POST …/v1/models/MODEL/predictions`. It does not stream: LiteLLM makes pieces of the whole text itself."""

    provider = "replicate"
    path = re.compile(r"/v1/models/(?P<model>[^/]+/[^/]+)/predictions$")

    def model(self, path: re.Match[str], body: JsonObject) -> object:
        return path["model"]

    def streams(self, path: re.Match[str], body: JsonObject) -> bool:
        return False

    def messages(self, body: JsonObject) -> list[Message]:
        asked = body.get("input")
        fields = asked if isinstance(asked, dict) else {}
        return [*system(fields.get("system_prompt")), Message("user", text_of(fields.get("prompt")))]

    def answer(self, model: str, text: str | None) -> JsonObject:
        urls = {"get": "https://api.replicate.com/v1/predictions/kit"}
        return {"id": "kit", "model": model, "status": "succeeded", "output": text, "urls": urls}

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return answer

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        yield self.answer(model, "".join(pieces))

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"detail": message, "status": status}
