"""Read what a judge says: one JSON object a line, of which nothing is believed that has not the right form."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from typing import IO, Any

from grading.results.failure import Failure
from grading.results.result import STATUSES, TestResult
from grading.results.steps import STEPS
from grading.text import plain

_MAX_BYTES = 2_000_000  # of a line of the judge's: a message twice, as text and as data

OnTest = Callable[[TestResult], None]


def ignore(result: TestResult) -> None:
    """Do nothing with a result that has just come in."""


class NoResult(Exception):
    """The suite did not come to its end; the text says why, in a sentence."""


class Judged:
    """The results of one judge, as far as they are known; `complete` when there is one for every test."""

    def __init__(self) -> None:
        self.tests: list[TestResult] = []
        self.complete = False

    def read(self, stream: IO[bytes], deadline: float, on_test: OnTest = ignore) -> None:
        """Read the judge's lines until its end. Raises NoResult after `deadline` seconds."""
        try:
            self.complete = _read(_lines(stream, deadline), self.tests, on_test)
        except TimeoutError:
            raise NoResult(
                f"The tests did not end within {deadline:g} seconds; {len(self.tests)} of them had a result. "
                "Look for a loop that never ends, or for a long wait, in the program."
            ) from None


def _lines(stream: IO[bytes], deadline: float) -> Iterator[bytes]:
    """Yield the lines of `stream` until its end. Raises TimeoutError after `deadline` seconds in all.

    The reading is done by a thread: a process that left our group may hold the stream open for ever.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def pump() -> None:
        with stream:
            while line := stream.readline(_MAX_BYTES):
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=pump, daemon=True).start()
    end = time.monotonic() + deadline
    try:
        while line := lines.get(timeout=max(0, end - time.monotonic())):
            yield line
    except queue.Empty:
        raise TimeoutError from None


def _read(lines: Iterator[bytes], tests: list[TestResult], on_test: OnTest) -> bool:
    """Read the judge's lines and add to `tests`. Returns whether there is a result for every collected test."""
    collected: list[object] = []
    for line in lines:
        try:
            match json.loads(line):
                case {"test": dict(fields)}:
                    tests.append(_result(fields))
                case {"collected": list(names)}:
                    collected = names
                    continue
                case {"done": True}:
                    return bool(collected) and _put_in_order(tests, collected)
                case _:
                    return False
        except (ValueError, TypeError, RecursionError):  # nonsense
            return False
        on_test(tests[-1])
    return False


def _put_in_order(tests: list[TestResult], collected: list[Any]) -> bool:
    """Sort them as they were collected. Returns whether there is one for each. Raises TypeError for no names.

    Several may have the same name, as the methods of two classes: they run in the order in which they were collected.
    """
    if sorted(test.id for test in tests) != sorted(collected):
        return False
    places: dict[str, list[int]] = {}
    for place, name in enumerate(collected):
        places.setdefault(name, []).append(place)
    tests.sort(key=lambda test: places[test.id].pop(0))
    return True


def _result(fields: dict[str, Any]) -> TestResult:
    """Return what the judge says of a test. Raises TypeError or ValueError for anything else."""
    result = TestResult.from_json(fields)
    told = astuple(result.failure) if result.failure else ()
    known = set(map(type, (result.id, result.status, result.message, *told))) == {str}
    known = known and {type(result.score), type(result.max_score)} <= {int, float}
    if not known or result.step not in [0, *(row.number for row in STEPS)] or result.status not in STATUSES:
        raise ValueError(f"not a result: {fields}")
    failure = Failure(*map(plain, told)) if told else None
    return replace(result, message=plain(result.message), failure=failure)
