"""End what takes too long in this thread: the import of a program that never comes to its end, for example."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

from grading.results.failure import Explanation
from grading.webapp.standing import NeverEnds, is_debugged, raise_in, standing

_AGAIN = 0.5  # seconds; a program may catch everything in a loop


class Alarm:
    """A context manager that raises NeverEnds in its own block after some seconds, and again until the block is left.

    Where a signal can interrupt the main thread (POSIX), also sleeps and waits are ended; else only Python code is.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        """`folder` is the program's."""
        self.where: Explanation | None = None
        """Where the program stood, once the time was over."""
        self._folder = folder
        self._seconds = seconds
        self._thread = threading.get_ident()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._ring, name="alarm", daemon=True)
        self._by_signal = hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Alarm:
        if self._by_signal:
            self._handler = signal.signal(signal.SIGALRM, self._raise)
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._watch.join()
        if self._by_signal:
            signal.signal(signal.SIGALRM, self._handler)

    def _ring(self) -> None:
        if self._over.wait(self._seconds):
            return
        while is_debugged():
            if self._over.wait(_AGAIN):
                return
        self.where = standing(self._folder)
        while not self._over.is_set():
            if self._by_signal:
                signal.pthread_kill(self._thread, signal.SIGALRM)
            else:
                raise_in(self._thread)
            self._over.wait(_AGAIN)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        if self.where is not None and not self._over.is_set():
            raise NeverEnds
