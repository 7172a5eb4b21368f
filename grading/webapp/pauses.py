"""Program's side. Nothing here is trusted: let the pauses that a program makes on purpose pass quickly.

The contract allows a program to pause between its tries, ALLOWED seconds for one request; a class should not wait for
that. So within a request `time.sleep` and `asyncio.sleep` take a small part of their time, and the clocks that the
program reads go forward by the rest: a longer pause still ends later, and a deadline of the program's own still comes.
Timers of event loops keep the real time, because what they watch (an answer of the provider) takes real time, too.

A program has nothing to gain from this: what it sleeps beyond ALLOWED takes its real time, and the judge has a clock of
its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from asyncio import base_events, tasks
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar
from unittest import mock

from anyio._backends import _asyncio as anyio_on_asyncio

T = TypeVar("T")

ALLOWED = 30.0
"""Seconds that a program may pause for one request without waiting for them."""
_SHORT = 0.005  # seconds; a program that looks around so often is not pausing
_QUICKER = 500  # times: 5 seconds take 15 milliseconds
_MODULES = (asyncio, tasks, anyio_on_asyncio)  # that have asyncio's sleep under its own name
_CLOCKS = ("monotonic", "perf_counter", "time")

_sleep, _sleep_async, _monotonic, _submit = time.sleep, asyncio.sleep, time.monotonic, ThreadPoolExecutor.submit


class _Allowance:
    """What is left of one request's pauses. All requests share the time that was skipped, as they share a clock."""

    skipped = 0.0

    def __init__(self) -> None:
        self._left = ALLOWED

    @contextlib.contextmanager
    def pause(self, seconds: Any) -> Iterator[float]:
        """Enter with the seconds to sleep in place of these; afterwards the program's clocks have moved on."""
        if self._left <= 0 or not (isinstance(seconds, (int, float)) and seconds > _SHORT):
            yield seconds
            return
        skipped = min(self._left, (seconds - _SHORT) * (1 - 1 / _QUICKER))
        self._left -= skipped
        end = _monotonic() + _Allowance.skipped + seconds
        yield seconds - skipped
        _Allowance.skipped = max(_Allowance.skipped, end - _monotonic())


_current: ContextVar[_Allowance | None] = ContextVar("pauses of a request", default=None)


def begin_request() -> None:
    """Let the pauses of what runs in this context pass quickly from now on."""
    _current.set(_Allowance())


def _quick_sleep(seconds: Any) -> None:
    if (allowance := _current.get()) is None:
        return _sleep(seconds)
    with allowance.pause(seconds) as quick:
        _sleep(quick)


async def _quick_sleep_async(delay: Any, result: Any = None) -> Any:
    if (allowance := _current.get()) is None:
        return await _sleep_async(delay, result)
    with allowance.pause(delay) as quick:
        return await _sleep_async(quick, result)


def _clock(real: Callable[[], float]) -> Callable[[], float]:
    def clock() -> float:
        return real() if _current.get() is None else real() + _Allowance.skipped

    return clock


def _submit_in_context(pool: ThreadPoolExecutor, work: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
    """Run `work` in the context of who asks for it, as `asyncio.to_thread` does: it belongs to the same request."""
    return _submit(pool, copy_context().run, work, *args, **named)


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
        yield
