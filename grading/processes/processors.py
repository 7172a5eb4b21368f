"""A processor for each submission: its judge and its program, who wait for each other all the time, share it.

A process that wakes up on another processor costs more than most of what these two tell each other. Only where every
processor has its submission anyway, and where the system lets a process choose (Linux).
"""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Processors:
    """As many places for submissions as there are workers."""

    def __init__(self, workers: int) -> None:
        available: list[int | None] = [*sorted(os.sched_getaffinity(0))] if sys.platform == "linux" else []
        self._places: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        places = available if 0 < len(available) <= workers else [None]
        for worker in range(workers):
            self._places.put(places[worker % len(places)])

    @contextmanager
    def one(self) -> Iterator[int | None]:
        """Yield the number of a processor that the fewest others have; None is any."""
        place = self._places.get()
        try:
            yield place
        finally:
            self._places.put(place)
