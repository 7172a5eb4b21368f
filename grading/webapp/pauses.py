"""Program's side. Nothing here is trusted: let the pauses that a program makes on purpose pass quickly.

The contract allows a program to pause between its tries, ALLOWED seconds for one request; a class should not wait for
that. So within a request `time.sleep` and `asyncio.sleep` take a small part of their time, and the clocks that the
program reads go forward by the rest: a longer pause still ends later, and a deadline of the program's own still comes.

That is so only while the program does nothing but pause. While a request to the provider is open, or work of the same
request runs in a pool or a thread, a pause takes its real time: it may be a deadline for just that. Timers of event
loops keep the real time for the same reason. `time.sleep` in an event loop's thread is noted, because the whole server
stands still meanwhile, and it is quick like the others: who sleeps there after each failure sleeps for minutes in all.
In a thread of the program's own, and in what it began at its start, pauses are quick only while
`left_behind` waits for their end, and no handler runs: only there can nothing that a user waits for depend on them.

Other ways to wait take their real time, because nobody knows what they wait for: `Event.wait(timeout)`,
`asyncio.wait_for`, `queue.get(timeout=...)`. The first of these is a pause in a thread of the program's own.

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
from contextvars import copy_context
from typing import Any, TypeVar
from unittest import mock

import httpx
from anyio._backends import _asyncio as anyio_on_asyncio

from grading.webapp.libraries import LIBRARIES
from grading.webapp.origin import ASKED, Origin, aside, current, own_threads

T = TypeVar("T")

_SHORT = 0.005  # seconds; a program that looks around so often is not pausing
_SELDOM = 0.02  # seconds between looks where a pause can't be quick yet
_QUICKER = 500  # times: 5 seconds take 10 milliseconds, once the program has been found to do nothing else
_QUIET = 5  # looks in a row, _SHORT apart, that find it so
LEAST = 1.5
"""Seconds that a quick pause counts at least after an answer: who looks around for ever is not followed for long."""
_MODULES = (asyncio, tasks, anyio_on_asyncio)  # that have asyncio's sleep under its own name
_CLOCKS = ("monotonic", "perf_counter", "time")

_sleep, _sleep_async, _monotonic, _submit = time.sleep, asyncio.sleep, time.monotonic, ThreadPoolExecutor.submit
_wait = threading.Event.wait
_thread = threading.local()
"""`pool_of`: the origin whose work this thread of a pool does."""
_ends: dict[object, float] = {}
"""By the program's clock, when the pauses end that may be quick now."""
_skipped = 0.0
"""Seconds. All requests share the time that was skipped, as they share a clock."""


def skip(seconds: float) -> None:
    """Let the program's clocks go forward by so many seconds."""
    global _skipped
    _skipped += seconds


def _pause(origin: Origin, seconds: float) -> Generator[float, None, None]:
    """Yield how long to sleep next, until the pause is over; then the program's clocks have moved on.

    The pause must have been added to `origin.pausing`.
    """
    global _skipped
    on_the_side = origin.is_start or aside.get()
    me, passed, gains, quiet, fits = object(), 0.0, 0.0, 0, True
    end = _monotonic() + _skipped + seconds
    try:
        while (left := seconds - passed) > 0:
            before = _monotonic()
            # One that is longer than what is left would end at any time, in the middle of something else.
            if fits and left > origin.left:
                fits = False
                origin.pausing.add(-1)
            allowed = fits and (not on_the_side or (origin.settling and not origin.handlers.number))
            if allowed and quiet >= _QUIET:
                _ends[me] = end
            else:
                _ends.pop(me, None)
            # The one that ends first is quick alone, a look after it was found: so they end in their order.
            quick = allowed and quiet > _QUIET and end <= min(tuple(_ends.values()))
            longest = _SHORT if allowed else left if on_the_side and not fits else _SELDOM
            step = min(longest, left / _QUICKER if quick else left)
            yield step
            took = _monotonic() - before
            gained = max(min(origin.left, step * (_QUICKER - 1), left - took), 0.0) if quick else 0.0
            origin.left -= gained
            gains += gained
            passed += took + gained
            quiet = 0 if ASKED.number or origin.is_at_work() else quiet + 1
    finally:
        _ends.pop(me, None)
        origin.pausing.add(0 if fits else 1)
        if origin.settling and gains:
            origin.left -= max(LEAST - gains, 0.0)
    _skipped = max(_skipped, end - _monotonic())


@contextlib.contextmanager
def _pausing(origin: Origin) -> Iterator[None]:
    """Within it, this thread pauses: it does nothing that another pause could be a deadline for."""
    in_pool = getattr(_thread, "pool_of", None) is origin
    count = origin.work if in_pool else origin.threads
    counted = int(in_pool or aside.get())
    origin.pausing.add(1)
    count.add(-counted)
    try:
        yield
    finally:
        count.add(counted)  # first: else it would seem to have ended
        origin.pausing.add(-1)


def _quick_sleep(seconds: Any) -> None:
    origin = current.get()
    _note_standstill(origin, seconds)
    if origin is None or not _is_pause(seconds):
        return _sleep(seconds)
    with _pausing(origin):
        for each in _pause(origin, seconds):
            _sleep(each)


def _note_standstill(origin: Origin | None, seconds: Any) -> None:
    if origin is not None and asyncio._get_running_loop() is not None and isinstance(seconds, (int, float)):
        origin.slept += seconds if seconds > 0 else 0  # NaN is not, either


def _quick_wait(event: threading.Event, timeout: float | None = None) -> bool:
    origin = current.get()
    if origin is None or not aside.get() or not _is_pause(timeout):
        came = _wait(event, timeout)
        if not came:
            _note_standstill(origin, timeout)
        return came
    with _pausing(origin):
        return any(_wait(event, each) for each in _pause(origin, timeout or 0.0)) or event.is_set()


async def _quick_sleep_async(delay: Any, result: Any = None) -> Any:
    origin = current.get()
    if origin is None or origin.is_start or not _is_pause(delay):  # `left_behind` finds the timers of the start
        return await _sleep_async(delay, result)
    with origin.pausing:
        for each in _pause(origin, delay):
            await _sleep_async(each)
    return result


def _is_pause(seconds: Any) -> bool:
    return isinstance(seconds, (int, float)) and seconds > _SHORT


def _clock(real: Callable[[], float]) -> Callable[[], float]:
    def clock() -> float:
        return real() if current.get() is None else real() + _skipped

    return clock


def _submit_in_context(pool: ThreadPoolExecutor, work: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
    """Run `work` in the context of who asks for it, as `asyncio.to_thread` does: it belongs to the same request."""
    context = copy_context()
    origin = context.get(current)
    if origin is None or any(map(LIBRARIES.is_housekeeping, (work, *args[:1]))):
        return _submit(pool, context.run, work, *args, **named)

    def at_work() -> T:
        _thread.pool_of = origin
        try:
            return context.run(work, *args, **named)
        finally:
            _thread.pool_of = None

    context.run(aside.set, False)
    origin.work.add(1)
    try:
        future = _submit(pool, at_work)
    except BaseException:
        origin.work.add(-1)
        raise
    future.add_done_callback(lambda _: origin.work.add(-1))
    return future


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    origin = current.get()
    with ASKED, origin.asked if origin is not None else contextlib.nullcontext():
        yield


def _counted(handle: Callable[[Any, httpx.Request], httpx.Response]) -> Callable[..., httpx.Response]:
    def handle_request(transport: Any, request: httpx.Request) -> httpx.Response:
        with _asking():
            return handle(transport, request)

    return handle_request


def _counted_async(handle: Callable[[Any, httpx.Request], Any]) -> Callable[..., Any]:
    async def handle_async_request(transport: Any, request: httpx.Request) -> Any:
        with _asking():
            return await handle(transport, request)

    return handle_async_request


@contextlib.contextmanager
def quick_pauses() -> Iterator[None]:
    """Within it, pauses of what belongs to an `Origin` are quick. Enter it before the program is imported."""
    with contextlib.ExitStack() as stack:

        def patch(owner: Any, name: str, new: object) -> None:
            stack.enter_context(mock.patch.object(owner, name, new))

        stack.enter_context(own_threads())
        patch(time, "sleep", _quick_sleep)
        patch(threading.Event, "wait", _quick_wait)
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
