"""The suite's client: an httpx client whose requests go to the app under test, wherever that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from grading.asgi_host import Reply
from grading.expectation import EXPLANATION

if TYPE_CHECKING:
    from grading.provider import Provider


class AppDidNotStart(Exception):
    """main.py cannot be run; the text says why, in a sentence or two for a student."""


class Host(Protocol):
    """What runs an app: in this process (`asgi_host.AppHost`) or in another one."""

    def request(self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        """Send one request and wait for the whole answer. Callable from any thread."""
        ...


@dataclass(frozen=True)
class RunningApp:
    """An app that has been started."""

    client: AppClient
    begin: Callable[[Provider], None]
    """Make another provider answer: a new test begins."""


class HostTransport(httpx.BaseTransport):
    """Carries httpx's requests to a host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let the app answer."""
        target = request.url.raw_path.decode("ascii")
        reply = self._host.request(request.method, target, list(request.headers.raw), request.read())
        extensions = {EXPLANATION: reply.explanation} if reply.status >= 500 else {}
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body, extensions=extensions)


class AppClient(httpx.Client):
    """An httpx client whose every request goes to the app; `host` is what runs it."""

    def __init__(self, host: Any) -> None:
        # No compression: what the app sends is what is compared.
        super().__init__(
            transport=HostTransport(host),
            base_url="http://127.0.0.1:8000",
            headers={"accept-encoding": "identity"},
            trust_env=False,
        )
        self.host = host
