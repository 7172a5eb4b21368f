"""Program's side. Nothing here is trusted: to which request, or to the start of the app, belongs what a program does.

Tasks, timers and work in pools have the context (contextvars) of who began them, and so have threads within
`own_threads`. `webapp.pauses` and `webapp.left_behind` need to know what a request, or the start, has under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar, copy_context
from typing import Any
from unittest import mock
from weakref import WeakSet

ALLOWED = 30.0
"""Seconds that a program may pause for one request without waiting for them."""
_NOTICED = 0.05  # seconds for which a server that stands still is told from one that is busy
_POOLS = ("concurrent.futures.thread", "anyio._backends._asyncio")  # whose threads wait for work, and have no end


class Count:
    """How many of something are under way, in whichever thread."""

    def __init__(self) -> None:
        self.number = self.begun = 0
        self._lock = threading.Lock()

    def add(self, number: int) -> None:
        """Count so many more, or fewer."""
        with self._lock:
            self.number += number
            self.begun += max(number, 0)

    def __enter__(self) -> None:
        self.add(1)

    def __exit__(self, *error: object) -> None:
        self.add(-1)


ASKED = Count()
"""Requests of the program to others."""


class Origin:
    """One request to an app; or, without `start`, which is then its own, all that it began before any request."""

    def __init__(self, start: Origin | None = None) -> None:
        self.is_start = start is None
        self.handlers: Count = Count() if start is None else start.handlers
        """Requests to the app whose handlers have not ended."""
        self.left = ALLOWED
        """Seconds of its pauses that may still pass quickly."""
        self.asked = Count()
        self.work = Count()
        """What it has given to pools, but for what pauses there."""
        self.threads = Count()
        """Threads of its own, but for those that pause."""
        self.pausing = Count()
        """Pauses that pass quickly, or will as soon as nothing is against it."""
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self.slept = 0.0
        """Seconds, in the event loop's thread."""
        self.settling = False
        """Whether somebody waits for what it left behind: see `left_behind`."""
        self._endless = (0, 0)

    @property
    def stood_still(self) -> bool:
        """Whether it has slept in the event loop's thread, where all other requests wait for it."""
        return self.slept >= _NOTICED

    def is_at_work(self) -> bool:
        """Whether something of it runs in another thread, as far as that is known to end."""
        return self.work.number > self._endless[0] or self.threads.number > self._endless[1]

    def expect_no_end(self) -> None:
        """Take what runs in other threads now for something that has no end."""
        self._endless = self.work.number, self.threads.number

    def state(self) -> object:
        """Return something that changes whenever something of it begins or ends, or pauses have passed."""
        counts = (self.asked, self.work, self.threads)
        open_tasks = sum(not task.done() for task in self.tasks)
        return open_tasks, self.left, [(each.number, each.begun) for each in counts]


current: ContextVar[Origin | None] = ContextVar("origin", default=None)
"""Of what runs in this context; None for the kit's own work."""
aside: ContextVar[bool] = ContextVar("aside", default=False)
"""Whether this context is that of a thread of the program's own."""


@contextlib.contextmanager
def belongs_to(origin: Origin | None) -> Iterator[None]:
    """Within it, what this thread begins belongs to `origin`."""
    token = current.set(origin)
    try:
        yield
    finally:
        current.reset(token)


def begin_request(start: Origin | None = None) -> Origin:
    """Let what runs in this context belong to a new request from now on, to the app that has this start."""
    origin = Origin(start or Origin())
    current.set(origin)
    return origin


def run_apart(work: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Call `work` so that what it begins belongs to nobody."""

    def run() -> Any:
        current.set(None)
        return work(*args, **named)

    return copy_context().run(run)


@contextlib.contextmanager
def own_threads() -> Iterator[None]:
    """Within it, a thread belongs to the origin of who starts it."""
    begin = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        origin, run = current.get(), thread.run
        of_pool = type(thread).__module__ in _POOLS or getattr(_target(thread), "__module__", "") in _POOLS
        if origin is None or of_pool:
            begin(thread)
            return

        def work() -> None:
            aside.set(True)
            try:
                run()
            finally:
                origin.threads.add(-1)

        context = copy_context()
        thread.run = lambda: context.run(work)  # type: ignore[method-assign]
        origin.threads.add(1)
        try:
            begin(thread)
        except BaseException:
            origin.threads.add(-1)
            raise

    with mock.patch.object(threading.Thread, "start", start):
        yield


def _target(thread: threading.Thread) -> object:
    return getattr(thread, "_target", None)
