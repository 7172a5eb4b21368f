"""Judge's side. What a judge says, one JSON object a line, to the grader or to `grade check`.

    {"collected": ["id", …]}    which tests will run
    {"test": {…}}               a result, as soon as it is known
    {"done": true}              the suite came to its end

Nothing is believed of what has not this form. Where the program runs in the judge's process, it can write such lines.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from typing import IO, Literal

from pydantic import ConfigDict, StrictFloat

from grading.processes.messages import BadMessage, StrictBool, StrictInt, TypeAdapter, fields, parse_text
from grading.results.failure import Failure
from grading.results.result import TestResult
from grading.results.steps import STEPS
from grading.text import plain

_MAX_BYTES = 2_000_000  # of a line of the judge's: a message twice, as text and as data
_KNOWN_STEPS = {0, *(row.number for row in STEPS)}

OnTest = Callable[[TestResult], None]


def ignore(result: TestResult) -> None:
    """Do nothing with a result that has just come in."""


class NoResult(Exception):
    """The suite did not finish; the text says why, in a sentence."""


class GraderBroke(NoResult):
    """The grader's own processes failed, which says nothing of the submission: it is to be graded again."""


@dataclass(frozen=True)
class Fields:
    """Those of a TestResult."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    step: StrictInt
    status: Literal["passed", "failed", "error", "skipped"]
    score: StrictInt | StrictFloat
    max_score: StrictInt | StrictFloat
    message: str = ""
    hidden: StrictBool = False
    failure: Failure | None = None
    waits_for: StrictInt | None = None


@dataclass(frozen=True)
class Tested:
    """One test has a result."""

    test: Fields


@dataclass(frozen=True)
class Collected:
    """Which tests will run, by name."""

    collected: list[str]


@dataclass(frozen=True)
class Done:
    """All of them did."""

    done: StrictBool


_LINES: TypeAdapter[Tested | Collected | Done] = TypeAdapter(Tested | Collected | Done)


def tested(result: TestResult) -> Tested:
    """Return the message for a result."""
    return Tested(Fields(**vars(result)))


def line(message: Tested | Collected | Done) -> str:
    """Return a message as it is written, with the end of its line."""
    return json.dumps(fields(message)) + "\n"


class JudgeOutput:
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

    A thread reads: a process that left our group may hold the stream open forever.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def pump() -> None:
        with contextlib.suppress(ValueError), stream:  # closed by who started the judge, which has ended
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
    collected: list[str] = []
    for text in lines:
        try:
            message = parse_text(_LINES, text)
        except BadMessage:
            return False
        match message:
            case Collected(names):
                collected = names
            case Tested(said) if said.step in _KNOWN_STEPS:
                tests.append(_result(said))
                on_test(tests[-1])
            case _:
                return message == Done(True) and bool(collected) and _put_in_order(tests, collected)
    return False


def _result(said: Fields) -> TestResult:
    """Return the result, in plain characters."""
    failure = said.failure and Failure(*map(plain, astuple(said.failure)))
    return TestResult(**{**vars(said), "message": plain(said.message), "failure": failure})


def _put_in_order(tests: list[TestResult], collected: list[str]) -> bool:
    """Sort them as they were collected. Returns whether there is one for each.

    Several may have the same name, as the methods of two classes: they run in the order in which they were collected.
    """
    if sorted(test.id for test in tests) != sorted(collected):
        return False
    places: dict[str, list[int]] = {}
    for place, name in enumerate(collected):
        places.setdefault(name, []).append(place)
    tests.sort(key=lambda test: places[test.id].pop(0))
    return True
