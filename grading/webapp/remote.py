"""Run a student's app in another process, and judge it from here: nothing in that process can change a mark.

The other side is `program_host`. Whatever comes from it may be hostile: forms, sizes, counts and waiting are
bounded, bodies are compared as they are, and what it says of itself only describes it in messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
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

from grading.processes.channel import BrokenChannel, ChannelEnded, Program
from grading.provider.provider import ON_SERVER_THREAD, Provider, ProviderRouter
from grading.results.failure import ContractBroken, Explanation
from grading.webapp.app_log import LogLine
from grading.webapp.asgi_server import Reply
from grading.webapp.client import AppClient, AppDidNotStart, RunningApp
from grading.webapp.network_guard import NetworkGuard

PATIENCE = 10.0
"""Seconds that a start or an answer may take. Right programs need milliseconds; a busy machine may need a second."""
# Shares of it: what one submission may be waited for in vain, in all; what each wait may take from then on; how long
# the app's shutdown may take, which has no marks; how long a process that closed its channel may take to end.
_IN_ALL, _FROM_THEN_ON, _GRACE, _LAST_WORDS = 3.0, 0.1, 0.1, 0.1

_MAX_ASKED = 300  # requests to the provider in one test; the suite's own tests make at most 20
_MAX_ASKED_BYTES = 8 * 2**20  # of them together, as all of them are remembered; the suite's own have some 100 kB
_MAX_LOG = 1_000  # log records in one test
_MAX_TEXT = 20_000  # characters of each
_MAX_CONTACTS = 20
_LONGEST = 2_000  # characters of what it says of an exception
Frame = tuple[dict[str, Any], bytes]


class Gone(Exception):
    """The program's process has ended, or sent nonsense; `how` says it if it is known."""

    def __init__(self, problem: BrokenChannel) -> None:
        self.how = "" if isinstance(problem, ChannelEnded) else str(problem)


class TooSlow(ContractBroken):
    """No answer came in time."""


class Outside:
    """Runs one submission's app for the tests of one run of the suite."""

    def __init__(self, launch: Callable[[], Program], deadline: float, patience: float = PATIENCE) -> None:
        """Take what starts a process for this submission, the seconds for the whole run, and those for one answer."""
        self._launch = launch
        self._link: _Link | None = None
        self._patience = patience
        self._waited = 0.0
        self._end = time.monotonic() + deadline
        self._problems: dict[object, Explanation] = {}  # environment to why a new process did not start in it

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
        link = self._start(variables, provider, guard)
        try:
            client = AppClient(_OutsideHost(self, link))
            yield RunningApp(client, lambda provider: link.begin(provider, guard), lambda: link.worn_out)
        finally:
            self._stop(link)

    def _start(self, variables: Mapping[str, str], provider: Provider, guard: NetworkGuard) -> _Link:
        """Start the app, in the process that is there or in a new one. Raises AppDidNotStart.

        What an earlier start left in a process is no fault of this one, so only a new process has the last word.
        It has it once for each environment, but a busy computer may need more than one try.
        """
        environment = frozenset(variables.items())
        while not (problem := self._problems.get(environment)):
            reused = self._link is not None
            link = self._link = self._link or _Link(self._launch())
            link.is_new = not reused
            link.begin(provider, guard)
            try:
                said = self._ask(link, {"do": "start", "environment": dict(variables)}, "main.py was not loaded")[0]
                if not said["started"]:
                    return link
                problem = Explanation(said["started"], _text(said.get("observation")))
                if reused:
                    self._forget(link)
                else:
                    self._stop(link)
            except ContractBroken as broken:
                why = broken.failure
                problem = Explanation(f"Importing main.py failed: {why.came_back}", why.observation)
                if isinstance(broken, TooSlow) and not reused and self._may_wait():
                    break
            if not reused:
                self._problems[environment] = problem
        raise AppDidNotStart(problem.text, problem.observation)

    def _may_wait(self) -> bool:
        return self._waited < self._patience * _IN_ALL

    def close(self) -> None:
        """End the process."""
        if self._link is not None:
            self._link.program.end(_GRACE * self._patience)
            self._link.program.channel.close()

    def _stop(self, link: _Link) -> None:
        """Stop the app; if that takes long, end its process."""
        if self._link is link:
            try:
                link.ask({"do": "stop"}, b"", _GRACE * self._patience)
            except (Gone, FutureTimeout):
                self._forget(link)

    def _ask(self, link: _Link, header: dict[str, Any], what_hung: str, body: bytes = b"") -> Frame:
        """Send an order and wait for the answer. Raises ContractBroken if there is none."""
        patience = self._patience * (1 if self._may_wait() else _FROM_THEN_ON)
        started, kind, how = time.monotonic(), ContractBroken, ""
        sent = f"{header.get('method', 'uvicorn main:app')} {header.get('target', '')}".strip()
        try:
            return link.ask(header, body, patience)
        except FutureTimeout:
            link.stood_still = True
        except Gone as gone:
            if not link.stood_still:  # else a request beside this one has waited in vain, and ended the process
                link.worn_out = not link.is_new
                how = gone.how or f"ended ({self._forget(link, _LAST_WORDS * self._patience)})"
        if how:
            came_back = observation = f"no answer: the program {how}"
        else:
            came_back, kind = f"no answer within {patience:g} seconds: {what_hung}", TooSlow
            observation = f"no answer in time: {what_hung}"
        self._forget(link)
        waited = time.monotonic() - started
        if kind is TooSlow or waited > _LAST_WORDS * self._patience:
            self._waited += waited
        raise kind(sent=sent, came_back=came_back, expected="an answer", look_at="", observation=observation)

    def _forget(self, link: _Link, last_words: float = 0) -> str:
        """End the link's process; the next test gets a new one. Returns how it ended."""
        if self._link is link:
            self._link = None
        return link.end(last_words)


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
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said["headers"]]
        explanation = Explanation(_text(said.get("explanation")), _text(said.get("observation")))
        return Reply(status, headers, content, True, explanation)

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
        self.is_new = True  # it has served one app only
        self.stood_still = False  # a request waited for its answer in vain
        self.worn_out = False  # it ended by itself, perhaps because of an earlier app
        self._numbers = itertools.count()
        self._waiting: dict[object, Future[Frame]] = {}
        self._lock = threading.Lock()
        self._gone: BrokenChannel | None = None
        self._ending = threading.Lock()
        self._ended: str | None = None
        self._lines: list[LogLine] | None = None
        self._asked = self._asked_bytes = 0
        self._router: ProviderRouter | None = None
        self._guard: NetworkGuard | None = None
        threading.Thread(target=self._read, name="frames", daemon=True).start()

    def begin(self, provider: Provider, guard: NetworkGuard) -> None:
        """A new test begins: `provider` answers from now on, and `guard` hears of other contacts."""
        if self._router is None:
            self._router = ProviderRouter(provider)  # a router of respx takes a millisecond to make
        self._router.provider = provider
        self._guard, self._lines = guard, None
        self._asked = self._asked_bytes = 0

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
            raise Gone(problem) from None
        return answer.result(patience)

    def end(self, last_words: float) -> str:
        """End the process, once, if it does not end by itself in time. Returns how it ended."""
        with self._ending:  # two requests may be on their way, each in a thread
            if self._ended is None:
                self._ended = self.program.end(last_words)
            return self._ended

    def _read(self) -> None:
        try:
            while True:
                self._take(*self.program.channel.receive())
        except BrokenChannel as problem:
            gone = problem
        except Exception as problem:  # a frame of a form that we did not think of
            gone = BrokenChannel(f"sent a frame that cannot be read ({type(problem).__name__})")
        with self._lock:
            self._gone = gone
            waiting = list(self._waiting.values())
        for answer in waiting:
            with contextlib.suppress(Exception):  # it was answered
                answer.set_exception(Gone(gone))

    def _take(self, header: dict[str, Any], body: bytes) -> None:
        """Act on one frame. Raises BrokenChannel for one that has no meaning."""
        match header:
            case {"ask": int()}:
                self._answer_provider(header, body)
            case {"log": str(logger), "text": str(text)}:
                if self._lines is not None and len(self._lines) < _MAX_LOG:
                    self._lines.append(LogLine(logger[:_MAX_TEXT], text[:_MAX_TEXT]))
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
                raise BrokenChannel("sent a frame that has no meaning")

    def _resolve(self, key: object, header: dict[str, Any], body: bytes) -> None:
        with self._lock:
            answer = self._waiting.pop(key, None)
        if answer is not None:  # else nobody asked; what came of that would depend on when it is read
            answer.set_result((header, body))

    def _answer_provider(self, header: dict[str, Any], body: bytes) -> None:
        """Let the provider answer; in a thread of its own if that may take a while."""
        router = self._router
        self._asked += 1
        self._asked_bytes += len(body)
        if router is None or self._asked > _MAX_ASKED or self._asked_bytes > _MAX_ASKED_BYTES:
            self._tell(header["ask"], {"raise": "ConnectError", "text": "The test suite stopped this request."})
        elif router.provider.is_holding:
            threading.Thread(target=self._answer_aside, args=(router, header, body), daemon=True).start()
        else:
            self._answer(router, header, body)

    def _answer_aside(self, router: ProviderRouter, header: dict[str, Any], body: bytes) -> None:
        with contextlib.suppress(BrokenChannel, ValueError):
            self._answer(router, header, body)

    def _answer(self, router: ProviderRouter, header: dict[str, Any], body: bytes) -> None:
        try:
            extensions = {"timeout": {"read": header["timeout"]}, ON_SERVER_THREAD: header["blocks"] is True}
            headers = [(name, value) for name, value in header["headers"]]
            request = httpx.Request(
                header["method"], _url(header["url"]), headers=headers, content=body, extensions=extensions
            )
            response = router.handler(request)
        except httpx.TransportError as error:
            self._tell(header["ask"], {"raise": type(error).__name__, "text": str(error)})
        except Exception:  # not a request at all: httpx could not make one of it
            self._tell(header["ask"], {"raise": "ConnectError", "text": "This is no request."})
        else:
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
            self._tell(header["ask"], {"status": response.status_code, "headers": headers}, response.read())

    def _tell(self, number: int, outcome: dict[str, Any], body: bytes = b"") -> None:
        self.program.channel.send({"outcome": number, **outcome}, body)


def _text(said: object) -> str:
    """Return what the program says of its exception, cut to size; "" for anything but a text."""
    return said[:_LONGEST] if isinstance(said, str) else ""


@functools.lru_cache(100)
def _url(text: str) -> httpx.URL:
    """Parse it, which takes longer than all else about a request; most go to the same few."""
    return httpx.URL(text)


def _are_headers(values: list[Any]) -> bool:
    return all(type(pair) is list and len(pair) == 2 and all(map(_is_latin, pair)) for pair in values)


def _is_latin(text: object) -> bool:
    return type(text) is str and max(text, default="") < "\u0100"
