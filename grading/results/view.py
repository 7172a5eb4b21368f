"""What every front end shows of a result: terminal, watch, notebooks and page take the same words from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grading.results.reading import in_words, marks_in_words, open_tests
from grading.results.result import Result, StepResult, TestResult
from grading.results.steps import is_bonus, step

if TYPE_CHECKING:
    from grading.results.misconceptions import Misconception

ALL_DONE = "Everything that was checked works. Well done!"
STATES = {
    "passed": ("✓", "done"),
    "failed": ("✗", "not yet"),
    "skipped": ("·", "not checked yet"),
    "unmarked": ("·", "not marked here"),
}
"""A step's status -> its sign and its word."""
_NOT_RUN = ("·", "not checked now")


@dataclass(frozen=True)
class Row:
    """A step on the ladder. The state has a sign and a word, for those who cannot see its colour."""

    step: int
    title: str
    sign: str
    state: str
    tests: str
    """ "2 of 3 tests", where some fail."""
    marks: str
    score: float
    max_score: float
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
    text: str
    """All parts as one text."""
    cause: str = ""
    """What often causes that: the rest of a sentence that begins "This often happens when"."""
    read: str = ""

    @property
    def often(self) -> str:
        """The likely cause and what to read, as sentences; "" if none is known."""
        read = f" Read: {self.read}." if self.read else ""
        return f"This often happens when {self.cause}{read}" if self.cause else ""


@dataclass(frozen=True)
class View:
    """All that a check says."""

    graded: bool
    reason: str
    marks: str
    rows: list[Row]
    messages: list[Message]
    done: str
    """What is said when nothing is open; else empty."""


def view(result: Result, cause: Misconception | None = None) -> View:
    """Return what to show of a result; `cause` belongs to its first open test."""
    rows = [_row(row, result) for row in result.steps]
    still_open = open_tests(result.tests)
    told = [test for test in still_open if test.status != "skipped"] or still_open[:1]  # what waits says only that
    messages = [_message(test, cause if number == 0 else None) for number, test in enumerate(told)]
    done = ALL_DONE if result.graded and not messages else ""
    total = f"{marks_in_words(result.score, result.max_score, result.bonus)}." if result.graded else ""
    return View(result.graded, result.reason or "", total, rows, messages, done)


def _row(row: StepResult, result: Result) -> Row:
    mine = [test for test in result.tests if test.step == row.step]
    sign, state = STATES[row.status] if mine or row.status != "skipped" else _NOT_RUN
    if mine and row.status == "skipped":
        waits_for = next(test.waits_for for test in mine if test.status == "skipped")
        state = f"{state}: step {waits_for} comes first" if waits_for else state
    passed = sum(test.status == "passed" for test in mine)
    what = "programs" if row.step and step(row.step).judged == "own-tests" else "tests"
    count = f"{passed} of {len(mine)} {what}" if row.status == "failed" else ""
    got = f"{row.score:g}/{row.max_score:g}{' bonus' if row.step and is_bonus(row.step) else ''}"
    got = got if row.max_score and result.graded else ""  # nothing is lost by what can't be read yet
    hints = len(step(row.step).hints) if row.step else 0
    return Row(row.step, row.title, sign, state, count, got, row.score, row.max_score, hints)


def _message(test: TestResult, cause: Misconception | None) -> Message:
    why, read = cause.explanation if cause else "", cause.where if cause else ""
    parts = test.failure.parts if test.failure else [("", test.message)]
    title, objective = (step(test.step).title, step(test.step).objective) if test.step else ("", "")
    return Message(test.step, title, objective, in_words(test.id), parts, test.message, why, read)
