"""Turns: questions wait in line for the engine, and the engine stops when nobody listens any more."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from grading.laptop.model.engine import Ending, Engine, Question


class Turns:
    """Lets an event loop ask an engine that blocks: in one thread, one question at a time, in order."""

    def __init__(self, engine: Engine) -> None:
        """`engine` is called from the one thread only."""
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._closed = threading.Event()

    async def ask(self, question: Question) -> AsyncGenerator[str | Ending, None]:
        """Yield the pieces of the answer, then its ending; raise what the engine raises.

        Closing the generator (a client that hung up) ends the engine's work on it, or its wait in the line.
        """
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[str | Ending | Exception] = asyncio.Queue()
        gone = threading.Event()

        def tell(event: str | Ending | Exception) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to be told
                loop.call_soon_threadsafe(events.put_nowait, event)

        def wanted() -> bool:
            return not (gone.is_set() or self._closed.is_set())

        def emit(piece: str) -> bool:
            if piece and wanted():
                tell(piece)
            return wanted()

        def work() -> None:
            try:
                tell(self._engine.answer(question, emit) if wanted() else Ending("stop"))
            except Exception as error:
                tell(error)

        self._thread.submit(work)
        try:
            while True:
                event = await events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Ending):
                    return
        finally:
            gone.set()

    def stop(self) -> None:
        """End all answers soon, those in the line too. From any thread."""
        self._closed.set()

    def close(self) -> None:
        """Stop, and wait for the engine's thread to end."""
        self.stop()
        self._thread.shutdown(wait=True)
