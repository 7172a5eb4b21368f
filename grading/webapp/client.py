"""Judge's side. Trusts nothing that it receives: an httpx client whose requests go to the app, wherever that runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import httpx

from grading.results.failure import BLOCKED, EXPLANATION, PRINTED, ContractBroken, Explanation
from grading.webapp.asgi_server import USUAL, Sending
from grading.webapp.printed import last_lines
from grading.webapp.reply import Reply, unpacked
from grading.webapp.waiting import TooSlow

if TYPE_CHECKING:
    from grading.webapp.outgoing import Outgoing

T = TypeVar("T")

SENDING = "kit_sending"
_TRIES = 2  # the second one is for what only an app that others have used cannot answer


class AppDidNotStart(Exception):
    """main.py cannot be run; the text says why, in a sentence or two for a student. `observation`: see `Failure`."""

    def __init__(self, text: str, observation: str = "") -> None:
        super().__init__(text)
        self.explanation = Explanation(text, observation)


class App(Protocol):
    """An app that runs: in this process (`asgi_server.AppServer`) or in another one (`remote.RemoteApp`)."""

    def request(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes, sending: Sending = USUAL
    ) -> Reply:
        """Send one request and wait for the whole answer. Callable from any thread."""
        ...


# These describe how a body was packed, which is not true of the body that we have.
_NOT_PASSED_ON = (b"content-encoding", b"transfer-encoding", b"content-length")


@dataclass(frozen=True)
class RunningApp:
    """An app that has been started."""

    client: AppClient
    begin: Callable[[Outgoing], None]
    """Let another one answer what it asks: a new test begins."""
    worn_out: Callable[[], bool] = lambda: False
    """Whether its process, in which other apps ran before, has ended: then that may be their fault."""


class AppTransport(httpx.BaseTransport):
    """Carries httpx's requests to an app; the extension SENDING of some is a Sending."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let the app answer."""
        target = request.url.raw_path.decode("ascii")
        printed = last_lines()
        sending = request.extensions.get(SENDING, USUAL)
        reply = self._app.request(request.method, target, list(request.headers.raw), request.read(), sending)
        headers = [(name, value) for name, value in reply.headers if name.lower() not in _NOT_PASSED_ON]
        extensions: dict[str, Any] = {EXPLANATION: reply.explanation} if reply.status >= 500 else {}
        extensions |= {PRINTED: printed(), BLOCKED: reply.blocked}
        return httpx.Response(reply.status, headers=headers, content=unpacked(reply), extensions=extensions)


class AppClient(httpx.Client):
    """An httpx client whose every request goes to the app; `host` is what runs it."""

    def __init__(self, host: Any) -> None:
        # No compression: what the app sends is what is compared.
        super().__init__(
            transport=AppTransport(host),
            base_url="http://127.0.0.1:8000",
            headers={"accept-encoding": "identity"},
            # An app that serves many tests must not hand anything from one to the next.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
        )
        self.host = host
        self._kept: dict[tuple[str, bool], Any] = {}
        self.rewrite: Callable[[httpx.Request], httpx.Request] | None = None
        """Changes each request before it is sent, if a suite asks for that."""
        self.hung: dict[str, list[TooSlow]] = {}
        """What had no answer in time, by name: shared by all apps that are started alike."""

    def once(self, name: str, ask: Callable[[], T]) -> T:
        """Return what `ask` returns, or returned when the same app was asked for this name before.

        Raises TooSlow at once for what two apps gave no answer to in time: a third one is not waited for.
        """
        key = name, self.rewrite is not None
        if key not in self._kept:
            hung = self.hung.setdefault(name, [])
            if len(hung) >= _TRIES:
                raise hung[-1].with_traceback(None)
            try:
                kept: T = ask()
                self._kept[name, self.rewrite is not None] = kept
                hung.clear()
                return kept
            except TooSlow as slow:
                hung.append(slow)
                raise
        kept = self._kept[key]
        return kept

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request. Raises ContractBroken if no answer comes, or one that httpx refuses to read."""
        if self.rewrite is not None:
            request = self.rewrite(request)
        try:
            asked_for_more = any(option is not httpx.USE_CLIENT_DEFAULT for option in options.values())
            if asked_for_more or self.follow_redirects or self.auth or any(self.event_hooks.values()):
                return super().send(request, **options)
            # httpx's own way takes as long as the rest of the request.
            started = time.perf_counter()
            response = self._transport.handle_request(request)
            response.request, response.default_encoding = request, self._default_encoding
            response.elapsed = timedelta(seconds=time.perf_counter() - started)
            return response
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            raise ContractBroken(
                sent=f"{request.method} {request.url.path}",
                came_back=f"an answer that a client cannot read ({type(problem).__name__})",
                expected="an answer in the form of HTTP",
                look_at="",
            ) from None
