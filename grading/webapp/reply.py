"""Both sides. An app's answer to one request, as its ASGI messages make it."""

from __future__ import annotations

import zlib
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from grading.results.failure import Explanation

_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32  # zlib.net/manual.html, inflateInit2
_LARGEST = 4_000_000  # bytes; a small body may become a thousand times as large

Message = MutableMapping[str, Any]


@dataclass
class Reply:
    """An app's answer to one request: a status code, raw headers, the whole body."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    complete: bool = False
    explanation: Explanation = field(default_factory=Explanation)
    """Of the exception that ended the request, if one did; not sent to clients."""
    blocked: bool = False
    """Whether the app slept in the event loop's thread meanwhile, where all other requests wait; not sent either."""

    def take(self, message: Message, *, has_body: bool) -> None:
        """Add what the app sends. Raises RuntimeError for what uvicorn refuses to send, too."""
        kind, expected = message["type"], "http.response.body" if self.status else "http.response.start"
        if self.complete or kind != expected:
            why = "the answer was complete" if self.complete else f"it was the turn of '{expected}'"
            raise RuntimeError(f"The app sent the ASGI message '{kind}', but {why}.")
        if not self.status:
            status = message["status"]
            if not isinstance(status, int) or status not in range(100, 600):
                raise RuntimeError(f"The app sent the status {status!r}, which is no number from 100 to 599.")
            self.headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
            self.status = status
            return
        self.body += bytes(message.get("body", b"")) if has_body else b""
        is_last = not message.get("more_body", False)
        wanted = self._length if has_body else None
        if wanted is not None and (len(self.body) > wanted or (is_last and len(self.body) < wanted)):
            raise RuntimeError(f"The app sent {len(self.body)} bytes, but the header content-length said {wanted}.")
        self.complete = is_last

    @property
    def _length(self) -> int | None:
        headers = {name.lower(): value for name, value in self.headers}
        length = headers.get(b"content-length", b"")
        return int(length) if length.isdigit() and b"transfer-encoding" not in headers else None


def unpacked(reply: Reply) -> bytes:
    """Return the body as a client reads it. Raises httpx.DecodingError if it is not packed as its headers say.

    No request asks for packing; gzip and deflate are what every client understands all the same (RFC 9110, 8.4.1).
    """
    body = reply.body
    codings = b",".join(value for name, value in reply.headers if name.lower() == b"content-encoding")
    for coding in reversed([each.strip().lower() for each in codings.split(b",") if each.strip()]):
        if coding == b"identity" or not body:
            continue
        if coding not in (b"gzip", b"x-gzip", b"deflate"):
            raise httpx.DecodingError(f"The coding {coding!r} is not known to every client.")
        unpack = zlib.decompressobj(_ZLIB_OR_GZIP)
        try:
            body = unpack.decompress(body, _LARGEST)
        except zlib.error as problem:
            raise httpx.DecodingError(f"The body is no {coding.decode()}: {problem}") from None
        if not unpack.eof:
            raise httpx.DecodingError("The body is cut off, or too large when it is unpacked.")
    return body


HAS_STOPPED = Reply(500, [], b"The app has stopped.", True)
