"""Program's side. Nothing here is trusted: wait for what a request, or the start of the app, leaves behind.

A task, a timer or a thread that nobody awaits may ask the model once more, after the answer, or after the start.
Whether the judge would still see that was a matter of luck. So the answer is passed on when they have ended, or when
nothing goes on any more; and they need not wait for their own pauses, up to ALLOWED seconds: see `webapp.pauses`. What
was left while another request was open is waited for when the app is to stop.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Coroutine, Generator
from time import monotonic  # the real clock: see `webapp.pauses`
from typing import Any

from grading.webapp import pauses
from grading.webapp.libraries import LIBRARIES
from grading.webapp.origin import Origin, current, run_apart

_STEP = 0.002  # seconds between looks
_LOOKS = 10  # in a row that find nothing under way: what is left waits for something that does not come
_EARLIER = 5  # looks in a row after which the next timer need not wait any longer
_MOMENT = 1.0  # seconds in which nothing begins or ends, though something is under way in another thread
_LONGEST = 5.0  # seconds for one request, whatever goes on
_IN_VAIN = 10  # waits of one app that found no end, after which it is not waited for any more
_MOMENTS = 4  # of them those that took a moment


class LeftBehind:
    """What the start of one app and the requests to it leave behind, on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: Origin) -> None:
        """Note the tasks that are made on `loop` from now on."""
        self._loop = loop
        self._start = start
        self._in_vain = self._moments = 0
        self._unended: list[Origin] = []
        self._later: list[Origin] = []
        loop.set_task_factory(_noted)

    async def wait(self, origin: Origin) -> None:
        """Wait until all that belongs to `origin` has ended, but not for what has no end."""
        later, self._later = self._later, []
        for each in (*later, origin):
            await self._wait_for(each)

    def wait_later(self, origin: Origin) -> None:
        """Wait for it only when another one is waited for: until then nothing of it is quicker than for a user."""
        self._later.append(origin)

    async def _wait_for(self, origin: Origin) -> None:
        if self._is_left(origin) and self._in_vain < _IN_VAIN:
            origin.settling = True
            try:
                await self._settle(origin)
            finally:
                origin.settling = False
            if self._is_left(origin):
                self._in_vain += 1
                if origin.handlers.number:  # else it had all the time that there is
                    self._unended.append(origin)

    async def wait_at_the_end(self) -> None:
        """Wait once more where another request was open, and for what the start has begun in the meantime."""
        unended, self._unended = [self._start, *self._unended], []
        self._in_vain = self._moments = 0
        for origin in unended:
            await self.wait(origin)

    async def _settle(self, origin: Origin) -> None:
        looks, state = 0, None
        began = changed = monotonic()
        while self._is_left(origin) and looks < _LOOKS and monotonic() - began < _LONGEST:
            await asyncio.sleep(_STEP)
            if (now := origin.state()) != state:
                state, changed, looks = now, monotonic(), 0
            if not (origin.asked.number or origin.pausing.number or origin.is_at_work()):
                looks += 1
                if looks >= _EARLIER and self._hasten(origin):
                    looks = 0
            elif monotonic() - changed < _MOMENT and self._moments < _MOMENTS:
                looks = 0
            else:
                self._moments = min(self._moments + 1, _MOMENTS)
                if origin.asked.number or origin.pausing.number:
                    return
                origin.expect_no_end()

    def _is_left(self, origin: Origin) -> bool:
        if origin.threads.number or origin.work.number or origin.pausing.number:
            return True
        return any(not task.done() for task in origin.tasks) or bool(self._timers(origin))

    def _timers(self, origin: Origin) -> list[Any]:
        """Return the timers of `origin` that would end a pause of a length that is allowed."""
        latest = self._loop.time() + origin.left
        timers: list[Any] = getattr(self._loop, "_scheduled", [])
        return [
            timer
            for timer in timers
            if timer.when() <= latest and not timer.cancelled() and timer._context.get(current) is origin
        ]

    def _hasten(self, origin: Origin) -> bool:
        """Let the next timer of `origin` come at once. Returns whether there is one."""
        if origin.handlers.number or not (timers := self._timers(origin)):
            return False
        timer, now = min(timers, key=lambda each: each.when()), self._loop.time()
        early = max(timer.when() - now, 0.0)
        origin.left -= max(early, pauses.LEAST)
        pauses.skip(early)
        timer._when = now
        heapq.heapify(self._loop._scheduled)  # type: ignore[attr-defined]
        return True


def _noted(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **more: Any
) -> asyncio.Task[Any]:
    """Make a task as the loop itself does, and note to which request it belongs."""
    origin = current.get()
    if origin is None:
        return asyncio.Task(coroutine, loop=loop, **more)
    if LIBRARIES.is_housekeeping(coroutine):
        made: asyncio.Task[Any] = run_apart(asyncio.Task, coroutine, loop=loop, **more)
        return made
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    origin.tasks.add(task)
    return task
