"""The protocol of IBM's watsonx: OpenAI's, with other names."""

from __future__ import annotations

import re

from grading.provider.wire._chat import JsonObject
from grading.provider.wire._openai import ChatCompletions


class TextChat(ChatCompletions):
    """`POST …/ml/v1/text/chat` and `…/text/chat_stream`."""

    provider = "watsonx"
    path = re.compile(r"/ml/v1/text/chat(?P<stream>_stream)?$")
    stream_end = ""

    def model(self, path: re.Match[str], body: JsonObject) -> object:
        return body.get("model_id")

    def streams(self, path: re.Match[str], body: JsonObject) -> bool:
        return path["stream"] is not None

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"errors": [{"code": code or "error", "message": message}], "trace": "kit", "status_code": status}
