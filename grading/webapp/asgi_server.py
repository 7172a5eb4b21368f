"""Program's side. Nothing here is trusted: run an ASGI app as uvicorn would, without a network.

The event loop has a thread of its own. One server runs one app: its lifespan (asgi.readthedocs.io, "Lifespan Protocol")
and any number of requests at the same time. Bodies travel whole, so the timing inside a streamed answer is not seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from grading.results.failure import Explanation
from grading.webapp.app_log import LogLine
from grading.webapp.left_behind import LeftBehind
from grading.webapp.origin import Origin, begin_request, belongs_to
from grading.webapp.reply import HAS_STOPPED, Message, Reply
from grading.webapp.standing import SERVER

T = TypeVar("T")

GRACE = 5.0
"""Seconds that an app has for its shutdown; then its thread is left alone."""
_LAST_STEPS = 50  # of the event loop, in which most apps return once the answer is complete


class StartupFailed(Exception):
    """The app's lifespan said that it cannot start; the text is what it said."""


class Sending(NamedTuple):
    """How a request is sent."""

    together: int = 1
    """How many requests, each of another thread, are to begin at the same moment: each waits for the others."""
    waits: bool = True
    """Whether the answer waits for what the request leaves behind, see `left_behind`."""


USUAL = Sending()


class _Submitted(NamedTuple):
    """A request, and where its answer goes."""

    reply: Future[Reply]
    waits: bool
    request: tuple[str, str, list[tuple[bytes, bytes]], bytes]


class AppServer:
    """An app that runs. Made by `hosted`."""

    def __init__(self, app: Any, explain: Callable[[BaseException], Explanation], start: Origin) -> None:
        self.app = app
        self._start = start
        self._explain = explain
        self._loop = asyncio.new_event_loop()
        self._left_behind = LeftBehind(self._loop, start)
        self._executor = ThreadPoolExecutor()
        self._loop.set_default_executor(self._executor)
        self._stop = asyncio.Event()
        self._state: dict[str, Any] = {}
        self._started: Future[None] = Future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unanswered: set[Future[Reply]] = set()
        self._held: list[_Submitted] = []  # wait for the others that are to begin with them
        self._ended = False
        self._lock = threading.Lock()  # for the three above
        self.thread = threading.Thread(target=self._serve, name="app under test", daemon=True)
        self.wait_for: Callable[[Future[Any], str], Any] = lambda future, sent: future.result()
        """Waits for what the event loop does; who waits elsewhere need not set it. The text is what it was sent."""
        self.start_log: list[LogLine] = []
        """What the program logged while it was imported and started, if who starts it listens to that."""

    def request(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes, sending: Sending = USUAL
    ) -> Reply:
        """Send one request and wait for the whole answer. Callable from any thread.

        What uvicorn would do about an app that fails, this does: 500 and a plain text.
        """
        sent = self.submit(method, target, headers, body, sending)
        reply: Reply = self.wait_for(sent, f"{method} {target}")
        return reply

    def submit(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes, sending: Sending = USUAL
    ) -> Future[Reply]:
        """Send one request; the answer is in the future."""
        reply: Future[Reply] = Future()
        submitted = _Submitted(reply, sending.waits, (method, target, headers, body))
        with self._lock:
            if self._ended:
                reply.set_result(HAS_STOPPED)
                return reply
            self._unanswered.add(reply)
            held = self._held if sending.together > 1 else []
            held.append(submitted)
            if len(held) == sending.together:
                self._loop.call_soon_threadsafe(self._begin, held.copy())
                held.clear()
        return reply

    def _begin(self, all_submitted: list[_Submitted]) -> None:
        """Begin them all, before any of them goes on after its first pause."""
        for each in all_submitted:
            self._begin_one(each.reply, each.waits, *each.request)

    def _begin_one(self, reply: Future[Reply], waits: bool, *request: Any) -> None:
        """Answer one request, in a task of its own; asyncio.run_coroutine_threadsafe takes longer."""

        async def answer() -> None:
            origin = begin_request(self._start)
            with self._start.handlers:
                answer = await self._request(*request)
            if waits:
                await self._left_behind.wait(origin)
            else:
                self._left_behind.wait_later(origin)
            answer.blocked = origin.stood_still
            self._resolve(reply, answer)

        self._keep(self._loop.create_task(answer()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Keep it alive until it is done, which the loop itself does not."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _resolve(self, reply: Future[Reply], answer: Reply) -> None:
        self._unanswered.discard(reply)  # first: who hears of the answer may ask at once whether the app is idle
        with contextlib.suppress(InvalidStateError):
            reply.set_result(answer)

    @property
    def is_idle(self) -> bool:
        """Whether every request has its answer."""
        return not self._unanswered

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the app's event loop and wait for its result."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        done: T = self.wait_for(future, "a request to the running server")
        return done

    def _serve(self) -> None:
        try:
            # run_until_complete, as under uvicorn: anyio ends its worker threads with the task that it runs.
            live = self._loop.create_task(self._live())
            while not live.done():
                # SystemExit in one of the app's tasks stops the loop; it must not end the other requests.
                with contextlib.suppress(SystemExit, KeyboardInterrupt):
                    self._loop.run_until_complete(live)
            live.result()
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
                with contextlib.suppress(BaseException):
                    self._loop.run_until_complete(task)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._executor.shutdown(wait=False, cancel_futures=True)
            with self._lock:
                self._ended = True
                self._loop.close()
            for reply in list(self._unanswered):  # the loop was stopped before it came to them
                self._resolve(reply, HAS_STOPPED)

    async def _live(self) -> None:
        incoming: asyncio.Queue[Message] = asyncio.Queue()
        outgoing: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        with belongs_to(self._start):
            lifespan = asyncio.ensure_future(self.app(scope, incoming.get, outgoing.put))
        self._start.tasks.discard(lifespan)  # it ends with the app
        await incoming.put({"type": "lifespan.startup"})
        said = await _first(outgoing, lifespan)
        if said is not None and said["type"] == "lifespan.startup.failed":
            error = lifespan.exception() if lifespan.done() and not lifespan.cancelled() else None
            raise error or StartupFailed(said.get("message", ""))
        await self._left_behind.wait(self._start)
        self._started.set_result(None)  # an app without a lifespan is fine, as for uvicorn
        await self._stop.wait()
        await self._left_behind.wait_at_the_end()
        await incoming.put({"type": "lifespan.shutdown"})
        await _first(outgoing, lifespan)

    async def _request(self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        reply, over, asked = Reply(), asyncio.Event(), False
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in headers],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
            "state": dict(self._state),
        }

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            await over.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            reply.take(message, has_body=method != "HEAD")
            if reply.complete:
                over.set()

        async def run() -> None:
            # A failure of the app, and even SystemExit, ends this request only.
            try:
                await self.app(scope, receive, send)
            except BaseException as error:
                reply.explanation = self._explain(error)  # the exception itself would keep all its frames alive
            over.set()

        # A client has the whole answer before the app returns: what it does then, it leaves behind.
        running = self._loop.create_task(run())
        self._keep(running)
        await over.wait()
        for _ in range(_LAST_STEPS):
            if running.done():
                break
            await asyncio.sleep(0)
        if reply.complete:
            return reply
        text = b"Internal Server Error"
        if reply.status:  # what a client has by then counts: it may tell too much, or the same twice
            text += f" The answer broke off after {len(reply.body)} bytes.\n\n".encode() + reply.body
        return Reply(500, [(b"content-type", b"text/plain")], text, True, reply.explanation)


@contextmanager
def hosted(
    app: Any,
    explain: Callable[[BaseException], Explanation] = lambda error: Explanation(),
    start: Origin | None = None,
) -> Iterator[AppServer]:
    """Start the app and yield its host; stop it afterwards. Raises what its start-up raised.

    `explain` is called with each exception that the app does not catch. What was begun before belongs to `start`.
    """
    host = AppServer(app, explain, start or Origin())
    SERVER.append((host.thread, host._loop))
    try:
        host.thread.start()
        while not host._started.done():  # in pieces, between which this thread can be interrupted on every system
            wait([host._started], 0.5)
        host._started.result()
        yield host
    finally:
        SERVER.remove((host.thread, host._loop))
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            host._loop.call_soon_threadsafe(host._stop.set)
        if host._started.done():
            host.thread.join(GRACE)


async def _first(outgoing: asyncio.Queue[Message], lifespan: asyncio.Future[None]) -> Message | None:
    """Return what the lifespan says next; None if it ends without a word."""
    word = asyncio.ensure_future(outgoing.get())
    both: list[asyncio.Future[Any]] = [word, lifespan]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not word.done() and not outgoing.empty():
        await word
    if word.done():
        await asyncio.sleep(0)  # Starlette raises right after it has said what failed
        return word.result()
    word.cancel()
    if not lifespan.cancelled():
        lifespan.exception()  # noted: an app that knows no lifespan raises here
    return None
