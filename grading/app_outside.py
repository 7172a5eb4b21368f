"""Run a student's app in another process, and judge it from here: nothing in that process can change a mark.

The other side is `program_host`. Whatever comes from it may be hostile: forms, sizes, counts and waiting are
bounded, bodies are compared as they are, and what it says of itself only describes it in messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from grading.app_client import AppClient, AppDidNotStart, RunningApp
from grading.app_log import LogLine
from grading.asgi_host import Reply
from grading.channel import BrokenChannel, Program
from grading.expectation import ContractBroken
from grading.network_guard import NetworkGuard
from grading.provider import ON_SERVER_THREAD, Provider, ProviderRouter

PATIENCE = 10.0
"""Seconds that a start or an answer may take. Right programs need milliseconds; a busy machine may need a second."""
WAITING = 30.0
"""Seconds that one submission may be waited for in vain, in all; from then on PATIENCE_LEFT holds."""
PATIENCE_LEFT = 1.0
_GRACE = 1.0  # for the app's shutdown, which has no marks

_MAX_ASKED = 300  # requests to the provider in one test; the suite's own tests make at most 20
_MAX_LOG = 1_000  # log records in one test
_MAX_CONTACTS = 20
_LONGEST = 2_000  # characters of what it says of an exception
Frame = tuple[dict[str, Any], bytes]

# Of a response: what says how its body was packed is not true of the body that we have, or never unpacked.
_NOT_PASSED_ON = ("content-encoding", "transfer-encoding", "content-length")


class Gone(Exception):
    """The program's process has ended, or sent nonsense; the text says which."""


class Outside:
    """Runs one submission's app for the tests of one run of the suite."""

    def __init__(self, launch: Callable[[], Program], deadline: float, patience: float = PATIENCE) -> None:
        """Take what starts a process for this submission, the seconds for the whole run, and those for one answer."""
        self._launch = launch
        self._link: _Link | None = None
        self._patience = patience
        self._waited = 0.0
        self._end = time.monotonic() + deadline

    @contextmanager
    def running(
        self, folder: Path, variables: Mapping[str, str], provider: Provider, guard: NetworkGuard
    ) -> Iterator[RunningApp]:
        """Start the app with these environment variables. Raises AppDidNotStart."""
        if time.monotonic() > self._end:
            raise ContractBroken(
                sent="",
                came_back="nothing: the time for this submission was over",
                expected="quick answers",
                look_at="",
            )
        link = self._link = self._link or _Link(self._launch())
        link.begin(provider, guard)
        try:
            said = self._ask(link, {"do": "start", "environment": dict(variables)}, "main.py was not loaded")[0]
        except ContractBroken as problem:
            raise AppDidNotStart(f"Importing main.py failed: {problem.came_back}") from None
        if said["started"]:
            self._stop(link)
            raise AppDidNotStart(said["started"])
        try:
            yield RunningApp(AppClient(_OutsideHost(self, link)), lambda provider: link.begin(provider, guard))
        finally:
            self._stop(link)

    def close(self) -> None:
        """End the process."""
        if self._link is not None:
            self._link.program.end()
            self._link.program.channel.close()

    def _stop(self, link: _Link) -> None:
        """Stop the app; if that takes long, end its process."""
        if self._link is link:
            try:
                link.ask({"do": "stop"}, b"", _GRACE)
            except (Gone, FutureTimeout):
                self._forget(link)

    def _ask(self, link: _Link, header: dict[str, Any], what_hung: str, body: bytes = b"") -> Frame:
        """Send an order and wait for the answer. Raises ContractBroken if there is none."""
        patience = self._patience if self._waited < WAITING else PATIENCE_LEFT
        started = time.monotonic()
        sent = f"{header.get('method', 'uvicorn main:app')} {header.get('target', '')}".strip()
        try:
            return link.ask(header, body, patience)
        except Gone as gone:
            came_back = f"no answer: the program ended ({self._forget(link) or gone})"
        except FutureTimeout:
            self._waited += time.monotonic() - started
            self._forget(link)
            came_back = f"no answer within {patience:g} seconds: {what_hung}"
        raise ContractBroken(sent=sent, came_back=came_back, expected="an answer", look_at="")

    def _forget(self, link: _Link) -> str:
        """End the link's process; the next test gets a new one. Returns how it ended."""
        if self._link is link:
            self._link = None
        return link.end()


class _OutsideHost:
    """What the client and the live server see of the app."""

    def __init__(self, outside: Outside, link: _Link) -> None:
        self._outside = outside
        self._link = link

    def request(self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        """Send one request and wait for the whole answer. Raises ContractBroken if none comes."""
        text = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        order = {"do": "request", "method": method, "target": target, "headers": text}
        said, content = self._outside._ask(self._link, order, "the server stands still", body)
        status = said["status"] if 100 <= said["status"] <= 599 else 500
        kept = [
            (n.encode("latin-1"), v.encode("latin-1")) for n, v in said["headers"] if n.lower() not in _NOT_PASSED_ON
        ]
        explanation = said.get("explanation")
        return Reply(status, kept, content, True, explanation[:_LONGEST] if isinstance(explanation, str) else "")

    def log_to(self, lines: list[LogLine]) -> None:
        """Add what the app logs from now on to `lines`."""
        self._link.log_to(lines)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """The app as an ASGI application in this process, for a live server."""
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        try:
            reply = await asyncio.to_thread(self.request, scope["method"], target, scope["headers"], body)
        except ContractBroken:
            return  # the server closes the connection
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})


class _Link:
    """The frames to and from one process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._numbers = itertools.count()
        self._waiting: dict[object, Future[Frame]] = {}
        self._lock = threading.Lock()
        self._gone: str | None = None
        self._ended: str | None = None
        self._lines: list[LogLine] | None = None
        self._asked = 0
        self._router: ProviderRouter | None = None
        self._guard: NetworkGuard | None = None
        threading.Thread(target=self._read, name="frames", daemon=True).start()

    def begin(self, provider: Provider, guard: NetworkGuard) -> None:
        """A new test begins: `provider` answers from now on, and `guard` hears of other contacts."""
        if self._router is None:
            self._router = ProviderRouter(provider)  # a router of respx takes a millisecond to make
        self._router.provider = provider
        self._lines, self._asked, self._guard = None, 0, guard

    def log_to(self, lines: list[LogLine]) -> None:
        self._lines = lines
        with contextlib.suppress(BrokenChannel):
            self.program.channel.send({"do": "log"})

    def ask(self, header: dict[str, Any], body: bytes, patience: float) -> Frame:
        """Send an order and wait for the answer. Raises Gone, and TimeoutError after `patience` seconds."""
        answer: Future[Frame] = Future()
        if header["do"] == "request":
            header = {**header, "id": next(self._numbers)}
        key = header.get("id", "started" if header["do"] == "start" else "stopped")
        with self._lock:
            if self._gone is not None:
                raise Gone(self._gone)
            self._waiting[key] = answer
        try:
            self.program.channel.send(header, body)
        except BrokenChannel as problem:
            raise Gone(str(problem)) from None
        return answer.result(patience)

    def end(self) -> str:
        """End the process, once. Returns how it ended."""
        if self._ended is None:
            self._ended = self.program.end()
        return self._ended

    def _read(self) -> None:
        try:
            while True:
                self._take(*self.program.channel.receive())
        except BrokenChannel as problem:
            reason = str(problem)
        except Exception as problem:  # a frame of a form that we did not think of
            reason = f"it sent a frame that cannot be read ({type(problem).__name__})"
        with self._lock:
            self._gone = reason
            waiting = list(self._waiting.values())
        for answer in waiting:
            with contextlib.suppress(Exception):  # it was answered
                answer.set_exception(Gone(reason))

    def _take(self, header: dict[str, Any], body: bytes) -> None:
        """Act on one frame. Raises BrokenChannel for one that has no meaning."""
        match header:
            case {"ask": int()}:
                self._answer_provider(header, body)
            case {"log": str(logger), "text": str(text)}:
                if self._lines is not None and len(self._lines) < _MAX_LOG:
                    self._lines.append(LogLine(logger, text))
            case {"reply": int(key), "status": int(), "headers": list(headers)} if _are_headers(headers):
                self._resolve(key, header, body)
            case {"started": str()}:
                self._resolve("started", header, body)
            case {"stopped": True}:
                self._resolve("stopped", header, body)
            case {"contact": str(contact)}:
                if self._guard is not None and len(self._guard.attempts) < _MAX_CONTACTS:
                    self._guard.attempts.append(contact)
            case _:
                raise BrokenChannel("it sent a frame that has no meaning")

    def _resolve(self, key: object, header: dict[str, Any], body: bytes) -> None:
        with self._lock:
            answer = self._waiting.pop(key, None)
        if answer is None:
            raise BrokenChannel("it answered what nobody asked")
        answer.set_result((header, body))

    def _answer_provider(self, header: dict[str, Any], body: bytes) -> None:
        """Let the provider answer; in a thread of its own if that may take a while."""
        router = self._router
        self._asked += 1
        if router is None or self._asked > _MAX_ASKED:
            self._tell(header["ask"], {"raise": "ConnectError", "text": "The test suite stopped this request."})
        elif router.provider.is_holding:
            threading.Thread(target=self._answer, args=(router, header, body), daemon=True).start()
        else:
            self._answer(router, header, body)

    def _answer(self, router: ProviderRouter, header: dict[str, Any], body: bytes) -> None:
        try:
            extensions = {"timeout": {"read": header["timeout"]}, ON_SERVER_THREAD: header["blocks"] is True}
            headers = [(name, value) for name, value in header["headers"]]
            request = httpx.Request(
                header["method"], header["url"], headers=headers, content=body, extensions=extensions
            )
            request.read()
            response = router.handler(request)
        except httpx.TransportError as error:
            self._tell(header["ask"], {"raise": type(error).__name__, "text": str(error)})
        except Exception:  # not a request at all: httpx could not make one of it
            self._tell(header["ask"], {"raise": "ConnectError", "text": "This is no request."})
        else:
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
            self._tell(header["ask"], {"status": response.status_code, "headers": headers}, response.read())

    def _tell(self, number: int, outcome: dict[str, Any], body: bytes = b"") -> None:
        with contextlib.suppress(BrokenChannel):
            self.program.channel.send({"outcome": number, **outcome}, body)


def _are_headers(values: list[Any]) -> bool:
    return all(type(pair) is list and len(pair) == 2 and all(map(_is_latin, pair)) for pair in values)


def _is_latin(text: object) -> bool:
    return type(text) is str and max(text, default="") < "\u0100"
