"""Amazon Bedrock's protocol, Converse. Its streams are binary: frames with headers and two checksums."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject, Message, system
from grading.provider.wire._dialect import Dialect

_USAGE = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
_STRING = 7  # the type of a header's value


class Converse(Dialect):
    """`POST …/model/MODEL/converse` and `…/converse-stream`."""

    provider = "bedrock"
    path = re.compile(r"/model/(?P<model>[^/]+)/converse(?P<stream>-stream)?$")
    stream_type = "application/vnd.amazon.eventstream"
    too_long = "Input is too long for requested model."

    def model(self, path: re.Match[str], body: JsonObject) -> object:
        return path["model"]

    def streams(self, path: re.Match[str], body: JsonObject) -> bool:
        return path["stream"] is not None

    def messages(self, body: JsonObject) -> list[Message]:
        return system(body.get("system")) + super().messages(body)

    def answer(self, model: str, text: str | None) -> JsonObject:
        content = [] if text is None else [{"text": text}]
        said = {"message": {"role": "assistant", "content": content}}
        return {"output": said, "stopReason": "end_turn", "usage": _USAGE, "metrics": {"latencyMs": 1}}

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "stopReason": "max_tokens"}

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        yield {"messageStart": {"role": "assistant"}}
        for piece in pieces:
            yield {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": piece}}}
        yield {"contentBlockStop": {"contentBlockIndex": 0}}
        yield {"messageStop": {"stopReason": "end_turn"}}
        yield {"metadata": {"usage": _USAGE, "metrics": {"latencyMs": 1}}}

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"message": message}

    def stream_error(self, message: str) -> JsonObject:
        return {"internalServerException": {"message": message}}

    def frame(self, event: JsonObject) -> bytes:
        """Write one event: lengths and their checksum, headers, JSON, a checksum of all."""
        [(name, content)] = event.items()
        kind = "exception" if name.endswith("Exception") else "event"
        named = {":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"}
        headers = b"".join(_header(key, value) for key, value in named.items())
        payload = json.dumps(content).encode()
        prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
        message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
        return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(f">B{len(name)}sBH", len(name), name.encode(), _STRING, len(value)) + value.encode()
