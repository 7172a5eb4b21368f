"""Program's side. Nothing here is trusted: wait for what a request leaves behind when it is answered.

A task or a thread that nobody awaits may ask the model once more, after the answer. Whether the judge would still see
that was a matter of luck; so the answer is passed on when they have ended, or have had a moment's time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Generator
from concurrent.futures.thread import _threads_queues
from contextvars import ContextVar
from time import monotonic  # the real clock: see `webapp.pauses`
from typing import Any

from grading.webapp.libraries import LIBRARIES

_MOMENT = 0.3
"""Seconds for one request: a question takes some milliseconds."""
_MOMENTS = 1.0
"""Seconds for all requests to one app: a program may start what lives on with each of them."""
_STEP = 0.002

_tasks: ContextVar[list[asyncio.Task[Any]]] = ContextVar("tasks")
"""Those that the request began which this context belongs to."""


class LeftBehind:
    """What the requests to one app leave behind, on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note the tasks that are made on `loop` from now on."""
        self._left = _MOMENTS  # seconds
        loop.set_task_factory(_noted)

    def begin(self) -> tuple[list[asyncio.Task[Any]], set[threading.Thread]]:
        """Begin a request, in its own task; `wait` takes what is returned."""
        mine: list[asyncio.Task[Any]] = []
        _tasks.set(mine)
        return mine, set(threading.enumerate())

    async def wait(self, mine: list[asyncio.Task[Any]], threads: set[threading.Thread]) -> None:
        """Wait until the tasks and threads that began in the meantime have ended, but for a moment at most."""
        end = monotonic() + min(_MOMENT, self._left)
        started = monotonic()
        while (not all(task.done() for task in mine) or _new(threads)) and monotonic() < end:
            await asyncio.sleep(_STEP)
        self._left -= monotonic() - started


def _noted(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **more: Any
) -> asyncio.Task[Any]:
    """Make a task as the loop itself does, and note to which request it belongs."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    if (mine := _tasks.get(None)) is not None and not LIBRARIES.is_housekeeping(coroutine):
        mine.append(task)
    return task


def _new(before: set[threading.Thread]) -> bool:
    """Whether a thread runs that was not there before. Workers of a pool wait for more work; they have no end."""
    new = (each for each in threading.enumerate() if each not in before)
    return any(type(each) is threading.Thread and each not in _threads_queues for each in new)
