"""Server-sent events: every page that is open gets the whole state again whenever something of it changes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

_STILL_HERE = 15.0  # seconds after which a page without news gets a comment, so that a lost connection is noticed


class Feed:
    """Tells all pages. Threads may call `changed`; `close` ends the streams, for which a server waits at its end."""

    def __init__(self, state: Callable[[], dict[str, Any]]) -> None:
        self._state = state
        self._pages: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._closed = False

    def changed(self) -> None:
        """Send the state to all pages."""
        for loop, event in list(self._pages):
            with contextlib.suppress(RuntimeError):  # that loop has ended
                loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self.changed()

    async def stream(self) -> AsyncIterator[str]:
        """Yield the state now, and after each change, as events."""
        event = asyncio.Event()
        page = (asyncio.get_running_loop(), event)
        self._pages.add(page)
        try:
            while not self._closed:
                event.clear()
                yield f"data: {json.dumps(self._state())}\n\n"
                try:
                    await asyncio.wait_for(event.wait(), _STILL_HERE)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._pages.discard(page)
