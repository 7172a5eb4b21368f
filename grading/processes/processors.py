"""A processor for each submission: its judge and its program, who wait for each other all the time, share it.

A process that wakes up on another processor costs more than most of what these two tell each other. Only where every
processor has its submission anyway, and where the system lets a process choose (Linux).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LATE = 10.0
"""Seconds after which a submission is one that takes long: most likely it waits. Honest ones take two or three."""


class Processors:
    """Says which submission is to run where."""

    def __init__(self, workers: int) -> None:
        """Take note that `workers` submissions are graded at the same time, beside those that take long."""
        available: list[int | None] = [*sorted(os.sched_getaffinity(0))] if sys.platform == "linux" else []
        places = available if 0 < len(available) <= workers else [None]
        self._ends: dict[int | None, list[float]] = {place: [] for place in places}
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[int | None]:
        """Yield the number of a processor that the fewest others have, but for those that take long; None is any."""
        late = time.monotonic() + LATE
        with self._lock:
            place = min(self._ends, key=self._count)
            self._ends[place].append(late)
        try:
            yield place
        finally:
            with self._lock:
                self._ends[place].remove(late)

    def _count(self, place: int | None) -> int:
        now = time.monotonic()
        return sum(now < late for late in self._ends[place])
