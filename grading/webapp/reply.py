"""Both sides. An app's answer to one request, as its ASGI messages make it."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from grading.results.failure import Explanation

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


HAS_STOPPED = Reply(500, [], b"The app has stopped.", True)
