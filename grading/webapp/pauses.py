"""Program's side. Nothing here is trusted: let the pauses that a program makes on purpose pass quickly.

The contract allows a program to pause between its tries, ALLOWED seconds for one request; a class should not wait for
that. So within a request `time.sleep` and `asyncio.sleep` take a small part of their time, and the clocks that the
program reads go forward by the rest: a longer pause still ends later, and a deadline of the program's own still comes.

That is so only while the program does nothing but pause. While a request to the provider is open, or work of the same
request runs in a pool, a pause takes its real time: it may be a deadline for just that. Timers of event loops keep the
real time for the same reason; and so does `time.sleep` in an event loop's thread, where the whole server stands still.

A program has nothing to gain from this: what it sleeps beyond ALLOWED takes its real time, and the judge has a clock of
its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from asyncio import base_events, tasks
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar
from unittest import mock

import httpx
from anyio._backends import _asyncio as anyio_on_asyncio

T = TypeVar("T")

ALLOWED = 30.0
"""Seconds that a program may pause for one request without waiting for them."""
_SHORT = 0.005  # seconds; a program that looks around so often is not pausing
_QUICKER = 500  # times: 5 seconds take 10 milliseconds, once the program has been found to do nothing else
_QUIET = 5  # looks in a row, _SHORT apart, that find it so
_MODULES = (asyncio, tasks, anyio_on_asyncio)  # that have asyncio's sleep under its own name
_CLOCKS = ("monotonic", "perf_counter", "time")

_sleep, _sleep_async, _monotonic, _submit = time.sleep, asyncio.sleep, time.monotonic, ThreadPoolExecutor.submit


class _Count:
    """How many of something are under way, in whichever thread."""

    def __init__(self) -> None:
        self.number = 0
        self._lock = threading.Lock()

    def add(self, number: int) -> None:
        with self._lock:
            self.number += number

    def __enter__(self) -> None:
        self.add(1)

    def __exit__(self, *error: object) -> None:
        self.add(-1)


_asked = _Count()
"""Requests of the program to others."""


class _Allowance:
    """What is left of one request's pauses. All requests share the time that was skipped, as they share a clock."""

    skipped = 0.0

    def __init__(self) -> None:
        self.work = _Count()
        """What this request has given to pools, but for what pauses itself."""
        self._left = ALLOWED

    def pause(self, seconds: float) -> Generator[float, None, None]:
        """Yield how long to sleep next, until the pause is over; then the program's clocks have moved on."""
        passed, quiet = 0.0, 0
        end = _monotonic() + _Allowance.skipped + seconds
        while (left := seconds - passed) > 0:
            before = _monotonic()
            quick = quiet >= _QUIET and self._left > 0
            yield min(_SHORT, left / _QUICKER if quick else left)
            took = _monotonic() - before
            gained = max(min(self._left, took * (_QUICKER - 1), left - took), 0.0) if quick else 0.0
            self._left -= gained
            passed += took + gained
            quiet = 0 if _asked.number or self.work.number else quiet + 1
        _Allowance.skipped = max(_Allowance.skipped, end - _monotonic())


_current: ContextVar[_Allowance | None] = ContextVar("pauses of a request", default=None)
_thread = threading.local()
"""`pool_of`: the allowance of the request whose work this thread of a pool does."""


def begin_request() -> None:
    """Let the pauses of what runs in this context pass quickly from now on."""
    _current.set(_Allowance())


def _quick_sleep(seconds: Any) -> None:
    allowance = _current.get()
    if allowance is None or not _is_pause(seconds) or asyncio._get_running_loop() is not None:
        return _sleep(seconds)
    counted = int(getattr(_thread, "pool_of", None) is allowance)
    allowance.work.add(-counted)
    try:
        for each in allowance.pause(seconds):
            _sleep(each)
    finally:
        allowance.work.add(counted)


async def _quick_sleep_async(delay: Any, result: Any = None) -> Any:
    allowance = _current.get()
    if allowance is None or not _is_pause(delay):
        return await _sleep_async(delay, result)
    for each in allowance.pause(delay):
        await _sleep_async(each)
    return result


def _is_pause(seconds: Any) -> bool:
    return isinstance(seconds, (int, float)) and seconds > _SHORT


def _clock(real: Callable[[], float]) -> Callable[[], float]:
    def clock() -> float:
        return real() if _current.get() is None else real() + _Allowance.skipped

    return clock


def _submit_in_context(pool: ThreadPoolExecutor, work: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
    """Run `work` in the context of who asks for it, as `asyncio.to_thread` does: it belongs to the same request."""
    context = copy_context()
    if (allowance := context.get(_current)) is None:
        return _submit(pool, context.run, work, *args, **named)

    def at_work() -> T:
        _thread.pool_of = allowance
        try:
            return context.run(work, *args, **named)
        finally:
            _thread.pool_of = None

    allowance.work.add(1)
    try:
        future = _submit(pool, at_work)
    except BaseException:
        allowance.work.add(-1)
        raise
    future.add_done_callback(lambda _: allowance.work.add(-1))
    return future


def _counted(handle: Callable[[Any, httpx.Request], httpx.Response]) -> Callable[..., httpx.Response]:
    def handle_request(transport: Any, request: httpx.Request) -> httpx.Response:
        with _asked:
            return handle(transport, request)

    return handle_request


def _counted_async(handle: Callable[[Any, httpx.Request], Any]) -> Callable[..., Any]:
    async def handle_async_request(transport: Any, request: httpx.Request) -> Any:
        with _asked:
            return await handle(transport, request)

    return handle_async_request


@contextlib.contextmanager
def quick_pauses() -> Iterator[None]:
    """Within it, pauses of requests (see `begin_request`) are quick. Enter it before the program is imported."""
    with contextlib.ExitStack() as stack:

        def patch(owner: Any, name: str, new: object) -> None:
            stack.enter_context(mock.patch.object(owner, name, new))

        patch(time, "sleep", _quick_sleep)
        for module in _MODULES:
            patch(module, "sleep", _quick_sleep_async)
        for name in _CLOCKS:
            patch(time, name, _clock(getattr(time, name)))
        patch(base_events.BaseEventLoop, "time", lambda loop: _monotonic())
        patch(ThreadPoolExecutor, "submit", _submit_in_context)
        one, other = httpx.HTTPTransport, httpx.AsyncHTTPTransport
        patch(one, "handle_request", _counted(one.handle_request))
        patch(other, "handle_async_request", _counted_async(other.handle_async_request))
        yield
