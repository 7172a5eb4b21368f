"""The feedback for one student: marks, what each open test sent and expected, and what to read next.

Of an instructor's hidden tests a page says nothing, or only how many there are if `show_hidden` is true. Then the
marks are the full ones; otherwise they are those of the tests that the student may know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from grading.classroom.record import Mark
from grading.pages.render import render
from grading.pages.scrub import scrub
from grading.report import first_open
from grading.result import Result, StepResult, TestResult, tidy
from grading.steps import MAX_BONUS, STEPS, step

OWN_TESTS = "Your instructor's own tests"
_PART = re.compile(r"(sent|came back|expected|look at): +(.*)")


class Misconception(Protocol):
    """What a student may have believed."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def explanation(self) -> str: ...
    @property
    def notebook(self) -> str: ...
    @property
    def section(self) -> str: ...


Nearest = Callable[[Result], Misconception | None]


@dataclass(frozen=True)
class Message:
    """What an open test says."""

    what: str
    text: str

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The four parts (see grading/expectation.py), or none if the text has another form."""
        parts: list[tuple[str, str]] = []
        for line in self.text.splitlines():
            if found := _PART.fullmatch(line):
                parts.append((found[1], found[2]))
            elif parts:
                parts[-1] = (parts[-1][0], f"{parts[-1][1]}\n{line}")
            else:
                return []
        return parts


@dataclass(frozen=True)
class Open:
    """The cases of one test that did not pass, or all tests that are not checked yet for the same reason."""

    status: str
    first: Message
    same: list[str]
    """Which others say the very same."""
    more: list[Message]


@dataclass(frozen=True)
class Row:
    """One step."""

    result: StepResult
    bonus: bool
    counts: str
    open: list[Open]


def feedback_html(mark: Mark, nearest: Nearest, *, show_hidden: bool = False) -> str:
    """Return the page as HTML: self-contained, no script, nothing is fetched."""
    return render("feedback.html.j2", **_values(mark, nearest, show_hidden))


def feedback_markdown(mark: Mark, nearest: Nearest, *, show_hidden: bool = False) -> str:
    """Return the same as Markdown, in which the student's own texts mean nothing but themselves."""
    return render("feedback.md.j2", **_values(mark, nearest, show_hidden))


def readable(test_id: str) -> str:
    """Return a test's name as words: `test_step_06…::test_refusals_are_502[400]` is "Refusals are 502 (400)"."""
    name, _, case = test_id.rpartition("::")[2].removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:] + (f" ({case.rstrip(']')})" if case else "")


def without_hidden(result: Result) -> Result:
    """Return the result as if its hidden tests, and their marks, did not exist."""
    tests = tuple(test for test in result.tests if not test.hidden)
    rows, lost, most, bonus = [], 0.0, 0.0, 0.0
    for row in result.steps:
        hidden = [test for test in result.tests if test.hidden and test.step == row.step]
        known = [test for test in tests if test.step == row.step]
        score, worth = sum(test.score for test in hidden), sum(test.max_score for test in hidden)
        status = "passed" if hidden and all(test.status == "passed" for test in known) else row.status
        if row.step or known:
            rows.append(
                replace(row, score=tidy(row.score - score), max_score=tidy(row.max_score - worth), status=status)
            )
        if is_bonus(row.step):
            bonus += score
        else:
            lost, most = lost + score, most + worth
    return replace(
        result,
        tests=tests,
        steps=tuple(rows),
        score=tidy(result.score - lost),
        bonus=tidy(result.bonus - bonus),
        max_score=tidy(result.max_score - most),
    )


def _values(mark: Mark, nearest: Nearest, show_hidden: bool) -> dict[str, object]:
    hidden = [test for test in mark.result.tests if test.hidden]
    known = without_hidden(mark.result)
    result = mark.result if show_hidden else known
    to_read = first_open(test for test in known.tests if test.step)
    return {
        "name": mark.entry.name,
        "result": result,
        "reason": scrub(mark.entry.problem or result.reason or ""),
        "max_bonus": MAX_BONUS,
        "rows": list(_rows(result, known.tests)),
        "late": mark.entry.late,
        "lateness": mark.lateness,
        # A mark after the policy would tell what the hidden tests gave.
        "late_score": mark.lateness.score if mark.lateness and (show_hidden or not hidden) else None,
        "hidden": len(hidden) if show_hidden else 0,
        "hidden_passed": sum(test.status == "passed" for test in hidden),
        "next": step(to_read.step) if to_read else None,
        "misconception": nearest(known) if known.graded and to_read else None,
    }


def _rows(result: Result, tests: tuple[TestResult, ...]) -> list[Row]:
    steps = list(result.steps)
    own = [test for test in tests if test.step == 0]
    if own and not any(row.step == 0 for row in steps):
        score, worth = tidy(sum(test.score for test in own)), tidy(sum(test.max_score for test in own))
        status = "passed" if all(test.status == "passed" for test in own) else "failed"
        steps.append(StepResult(0, OWN_TESTS, score, worth, status))
    rows = []
    for row in steps:
        mine = [test for test in tests if test.step == row.step]
        passed = sum(test.status == "passed" for test in mine)
        counts = f"{passed} of {len(mine)} tests" if mine else ""
        rows.append(Row(row, is_bonus(row.step), counts, _open(mine)))
    return rows


def _open(tests: list[TestResult]) -> list[Open]:
    groups: dict[tuple[str, str], list[Message]] = {}
    for test in tests:
        if test.status != "passed":
            # An error is a fault of the tests: its text is a traceback of ours.
            text = "" if test.status == "error" else scrub(test.message)
            together = text if test.status == "skipped" else test.id.partition("[")[0]
            groups.setdefault((test.status, together), []).append(Message(readable(test.id), text))
    return [
        Open(
            status,
            first,
            [each.what for each in others if each.text == first.text],
            [each for each in others if each.text != first.text],
        )
        for (status, _), (first, *others) in groups.items()
    ]


def is_bonus(number: int) -> bool:
    """Return whether a step's marks come on top."""
    return any(row.number == number and row.judged == "bonus" for row in STEPS)
