"""What the page shows of a result: the same words as `grade check`, as data."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grading.results.misconceptions import Misconception
from grading.results.reading import in_words, marks_in_words, not_checked_yet, open_tests
from grading.results.result import Result, StepResult, TestResult
from grading.results.steps import is_bonus, step
from grading.results.terminal import ALL_DONE

_STATES = {
    "passed": ("✓", "done"),
    "failed": ("✗", "not yet"),
    "skipped": ("·", "not checked yet"),
    "unmarked": ("·", "not marked here"),
}
_NOT_RUN = ("·", "not checked now")


@dataclass(frozen=True)
class Row:
    """A step on the ladder. The state has a sign and a word."""

    step: int
    title: str
    sign: str
    state: str
    tests: str
    """ "2 of 3 tests", where some fail."""
    marks: str
    hints: int
    """How many there are."""


@dataclass(frozen=True)
class Message:
    """What one failing test says."""

    step: int
    title: str
    objective: str
    subject: str
    parts: list[tuple[str, str]]
    """Label and text; the label is empty where the message is one text."""
    cause: str = ""
    """What often causes that: the rest of a sentence that begins "This often happens when"."""
    read: str = ""


@dataclass(frozen=True)
class CheckedFile:
    """Which main.py was read."""

    path: str
    saved: str
    """When it was saved last, such as "14:05:10"; empty if there is none."""
    untouched: bool
    """Whether there is no code in it, as when it was handed out."""


@dataclass(frozen=True)
class Page:
    """All that a check says."""

    graded: bool
    reason: str
    marks: str
    rows: list[Row]
    messages: list[Message]
    done: str
    """What is said when nothing is open; else empty."""


def page_data(result: Result, cause: Misconception | None) -> Page:
    """Return what the page shows of a result; `cause` belongs to its first open test."""
    rows = [_row(row, result) for row in result.steps]
    still_open = open_tests(result.tests)
    told = [test for test in still_open if test.status != "skipped"] or still_open[:1]  # what waits says only that
    messages = [_message(test, cause if number == 0 else None) for number, test in enumerate(told)]
    done = ALL_DONE if result.graded and not messages else ""
    total = f"{marks_in_words(result.score, result.max_score, result.bonus)}." if result.graded else ""
    return Page(result.graded, result.reason or "", total, rows, messages, done)


def checked_file(folder: Path) -> CheckedFile:
    """Return which file a check of `folder` reads."""
    file = folder.resolve() / "main.py"
    try:
        saved = f"{datetime.fromtimestamp(file.stat().st_mtime):%H:%M:%S}"
        return CheckedFile(str(file), saved, not _has_code(file.read_bytes()))
    except OSError:
        return CheckedFile(str(file), "", False)


def _row(row: StepResult, result: Result) -> Row:
    mine = [test for test in result.tests if test.step == row.step]
    sign, state = _STATES[row.status] if mine or row.status != "skipped" else _NOT_RUN
    if mine and row.status == "skipped":
        said = not_checked_yet(next(test for test in mine if test.status == "skipped"))
        state = f"{said[:1].lower()}{said[1:]}"
    passed = sum(test.status == "passed" for test in mine)
    count = f"{passed} of {len(mine)} tests" if row.status == "failed" else ""
    got = f"{row.score:g}/{row.max_score:g}{' bonus' if is_bonus(row.step) else ''}"
    got = got if row.max_score and result.graded else ""  # nothing is lost by what can't be read yet
    return Row(row.step, row.title, sign, state, count, got, len(step(row.step).hints))


def _message(test: TestResult, cause: Misconception | None) -> Message:
    row, why, read = step(test.step), cause.explanation if cause else "", cause.where if cause else ""
    parts = test.failure.parts if test.failure else [("", test.message)]
    return Message(row.number, row.title, row.objective, in_words(test.id), parts, why, read)


def _has_code(source: bytes) -> bool:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)
