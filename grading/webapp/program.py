"""Program's side. Nothing here is trusted: load main.py, run the app, and relay what both sides say, see `frames`.

It runs in the process of the program under test. `python -m grading.webapp.program SUBMISSION WORK` is the way where no
fork server can start it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import queue
import shutil
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import Future, InvalidStateError
from pathlib import Path

import httpx

from grading.harness.broken_stream import BrokenStream
from grading.processes.channel import MAX_BODY, BrokenChannel, Channel, ChannelEnded
from grading.processes.orders import Ready, receive_order, send_order
from grading.processes.sandboxed import SANDBOX_ORDERS
from grading.results.assignment import ASSIGNMENT
from grading.results.failure import Explanation
from grading.webapp import frames
from grading.webapp.app_log import LogLine, captured_log
from grading.webapp.asgi_server import AppServer, Sending
from grading.webapp.client import AppDidNotStart
from grading.webapp.libraries import LIBRARIES, inherited_environment
from grading.webapp.loading import running_app
from grading.webapp.missing_sockets import tolerate_missing_sockets
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.reply import HAS_STOPPED, Reply
from grading.webapp.standing import standing

_TIRED = 20.0  # seconds of processor time, far from the sandbox's limit, after which a process takes no more programs
_FULL = 256 * 2**20  # bytes, far from the sandbox's limit, after which it takes no more apps
_LONGEST = 20_000  # characters of a line of the log
_SHORTER = 5_000  # of one whose frame would be over the caps
Answer = tuple[frames.Outcome, bytes]
"""Of the provider, with the body."""


class Program:
    """Serves one judge, over one channel, the program in one folder."""

    def __init__(self, channel: Channel, folder: Path, *, returns: bool = False) -> None:
        """With `returns`, `serve` returns when the judge closes the channel, if the app has stopped cleanly."""
        self._channel = channel
        self._folder = folder
        self._returns = self._clean = returns
        self._guard = NetworkGuard(lambda contact: self._send(frames.Contact(contact[:200])))
        self._app: AppServer | None = None
        self._asked: dict[int, Future[Answer]] = {}
        self._numbers = itertools.count()
        self._orders: queue.SimpleQueue[frames.Start | frames.Do | None] = queue.SimpleQueue()
        self._logging = False
        self._memory = _highest_memory()
        self._starts = 0  # that were not followed by a stop
        self._early: list[tuple[frames.Request, bytes]] = []  # came while the app starts: it said too soon that it has
        self._starting = False
        self._lock = threading.Lock()  # for the three above and the app

    def serve(self) -> None:
        """Serve until the judge closes the channel; then this process ends at once, unless all is as it was before."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._guard.active())
            stack.enter_context(LIBRARIES.in_use())
            stack.enter_context(captured_log(self._send_log, lambda: self._logging))
            self._redirect_httpx()
            if self._returns:
                stack.enter_context(LIBRARIES.quick())
            # Reading has a thread of its own: main.py is imported in the main thread, and may ask a model there.
            threading.Thread(target=self._read, name="frames", daemon=True).start()
            while (order := self._orders.get()) is not None:
                if not isinstance(order, frames.Start):
                    raise BrokenChannel("sent a stop without a start")
                with contextlib.suppress(BrokenChannel):
                    self._run_app(order.environment)

    def _run_app(self, environment: dict[str, str]) -> None:
        """Start the app, wait for the order to stop, stop it."""
        own = inherited_environment()
        if self._returns:  # nothing else, which a library might keep
            environment = {name: value for name, value in environment.items() if name in LIBRARIES.variables}
        try:
            with running_app(self._folder, {**own, **environment}) as client:
                self._set_app(client.host)
                self._channel.send(frames.header(frames.Started("")))
                self._orders.get()
                with self._lock:
                    self._app = None
                    self._clean &= client.host.is_idle
            self._clean &= not client.host.thread.is_alive()
        except AppDidNotStart as problem:
            self._set_app(None)
            why = problem.explanation
            self._channel.send(frames.header(frames.Started(why.text or "?", why.observation)))
            self._orders.get()
        self._logging = False
        self._starts -= 1
        self._channel.send(frames.header(frames.Stopped(True)))
        if _highest_memory() - self._memory > _FULL:
            os._exit(0)  # the next app gets a process of its own, and so as much memory as it would have alone

    def _read(self) -> None:
        clean = False
        try:
            while True:
                header, body = self._channel.receive()
                match frames.read(frames.TO_PROGRAM, header):
                    case frames.Outcome() as outcome:
                        with contextlib.suppress(InvalidStateError):  # the program no longer waits for it
                            self._asked.pop(outcome.outcome).set_result((outcome, body))
                    case frames.Request() as request:
                        self._request(request, body)
                    case frames.Do("log"):
                        self._logging = True
                        for line in self._app.start_log if self._app else ():
                            self._send_log(line)
                    case frames.Do("where"):
                        # Tests must not see into a program of the kit's own.
                        where = Explanation() if self._returns else standing(self._folder.resolve())
                        self._send(frames.Standing(where.text, where.observation))
                    case frames.Start() as start:
                        with self._lock:
                            self._starting = True
                        self._starts += 1
                        self._orders.put(start)
                    case order:
                        self._orders.put(order)
        except ChannelEnded:
            clean = self._clean and not (self._starts or self._asked)
        finally:
            if not clean:
                os._exit(0)
        self._orders.put(None)

    def _request(self, request: frames.Request, body: bytes) -> None:
        with self._lock:
            if self._starting:
                self._early.append((request, body))
                return
            app = self._app
            asked = request.method, request.target, request.headers, body
            future = app.submit(*asked, Sending(request.together, request.waits)) if app else None
        if future is None:
            self._reply(request.id, HAS_STOPPED)
        else:
            future.add_done_callback(lambda done: self._reply(request.id, done.result()))

    def _set_app(self, app: AppServer | None) -> None:
        """Let the app, None if it could not start, answer from now on."""
        with self._lock:
            self._app, self._starting = app, False
            early, self._early = self._early, []
        for request, body in early:
            self._request(request, body)

    def _reply(self, number: int, reply: Reply) -> None:
        why = Explanation() if self._returns else reply.explanation  # of a program that tests must not see into
        said = frames.Reply(number, reply.status, reply.headers, why.text, why.observation, reply.blocked)
        with contextlib.suppress(BrokenChannel):
            try:
                self._channel.send(frames.header(said), reply.body[:MAX_BODY])
            except ValueError:
                too_large = frames.header(frames.Reply(number, 500, []))
                self._channel.send(too_large, b"The headers of this answer are too large.")

    def _send_log(self, line: LogLine) -> None:
        for longest in (_LONGEST, _SHORTER):  # a character may take twelve bytes
            text, formatted = line.text[:longest], line.formatted[:longest]
            with contextlib.suppress(ValueError):
                return self._send(frames.Logged(line.logger[:200], text, line.of_library, line.at_start, formatted))
        return None

    def _send(self, message: frames.Logged | frames.Contact | frames.Standing) -> None:
        with contextlib.suppress(BrokenChannel):
            self._channel.send(frames.header(message))

    # What leaves through httpx.

    def _redirect_httpx(self) -> None:
        """Send every request of httpx's transports, which LiteLLM and the SDKs below it use, to the judge."""

        def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            app = self._app
            blocks = app is not None and threading.get_ident() == app.thread.ident
            return _response(request, self._ask(request, request.read(), blocks=blocks).result())

        async def handle_async_request(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            asked = self._ask(request, await request.aread(), blocks=False)
            return _response(request, await asyncio.wrap_future(asked))

        httpx.HTTPTransport.handle_request = handle_request  # type: ignore[assignment,method-assign]
        httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[assignment,method-assign]

    def _ask(self, request: httpx.Request, body: bytes, *, blocks: bool) -> Future[Answer]:
        number = next(self._numbers)
        asked: Future[Answer] = Future()
        self._asked[number] = asked
        timeout = request.extensions.get("timeout")
        read = timeout.get("read") if isinstance(timeout, dict) else None
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        read = read if isinstance(read, (int, float)) else None
        ask = frames.Ask(number, request.method, str(request.url), headers, read, blocks)
        try:
            self._channel.send(frames.header(ask), body[:MAX_BODY])
        except (BrokenChannel, ValueError) as problem:
            raise httpx.WriteError(str(problem), request=request) from None
        return asked


def _response(request: httpx.Request, answer: Answer) -> httpx.Response:
    """Return the answer that the judge sent, or raise what it says."""
    outcome, body = answer
    problem = getattr(httpx, outcome.error)(outcome.text, request=request) if outcome.error else None
    if problem is not None and not outcome.status:
        raise problem
    given = {"content": body} if problem is None else {"stream": BrokenStream([body], problem)}
    return httpx.Response(outcome.status, headers=outcome.headers, request=request, **given)


def serve(channel: Channel, submission: Path, folder: Path) -> None:
    """Copy `submission` into `folder`, where the program may also write, and serve it. Does not return."""
    shutil.copytree(submission, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o700)  # noqa: PTH101
    _prepare(folder)
    Program(channel, folder).serve()


def serve_known(orders: socket.socket, work: Path) -> None:
    """Serve programs of the kit's own, one after another: see `judging.student_tests.pool`.

    An order has a program's source, and the file of a channel: serve it until that is closed. Ready is sent only when
    all is as it was before.
    """
    _prepare(work)
    sys.dont_write_bytecode = True  # each is another one
    folder = work / "program"
    folder.mkdir()
    while True:
        order, (frames,) = receive_order(orders, SANDBOX_ORDERS)
        (folder / ASSIGNMENT.program).write_text(order.task, encoding="utf-8")
        channel = Channel(frames, frames)
        Program(channel, folder, returns=True).serve()
        channel.close()
        if time.process_time() > _TIRED:
            return
        send_order(orders, Ready())


def _highest_memory() -> int:
    """Return the bytes of memory that this process had at most; 0 where only Linux would know."""
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _prepare(folder: Path) -> None:
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None  # what was found before the fork
    sys.dont_write_bytecode = False  # main.py is loaded for each test anew, but compiled once
    tolerate_missing_sockets()


def main() -> None:
    """Serve the program of the first argument, run in the folder of the second, over standard input and output."""
    LIBRARIES.prepare_environment(os.environ)
    channel = Channel(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    sys.path[:] = [entry for entry in sys.path if entry]  # the working folder is the kit's
    serve(channel, Path(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
