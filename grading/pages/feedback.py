"""The feedback for one student: marks, what each open test sent and expected, and what to read next.

Of an instructor's hidden tests a page says nothing, or only how many there are if `show_hidden` is true. Then the
marks are the full ones; otherwise they are those of the tests that the student may know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from grading.classroom.record import Entry, Mark
from grading.collection import shown
from grading.pages.render import render
from grading.pages.scrub import scrub
from grading.report import first_open
from grading.result import Result, StepResult, TestResult, tidy
from grading.steps import MAX_BONUS, STEPS, step

OWN_TESTS = "Your instructor's own tests"
_PART = re.compile(r"(sent|came back|expected|look at): +(.*)")


class Misconception(Protocol):
    """What a student may have believed: what grading/misconceptions.py finds."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def explanation(self) -> str:
        """The rest of a sentence that begins "This often happens when", and what to do."""

    @property
    def where(self) -> str:
        """What to read, or nothing."""


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


def shown_name(entry: Entry) -> str:
    """Return the student's name, without signs that can't be seen or turn a line round."""
    return shown(entry.name.strip() or entry.key)


def likely(result: Result, nearest: Nearest) -> Misconception | None:
    """Return the likely misconception behind the kit's own tests; the gallery's programs know no others."""
    tests = tuple(test for test in result.tests if test.step and not test.hidden)
    return nearest(replace(result, tests=tests)) if result.graded and first_open(tests) else None


def steps_of(result: Result) -> list[StepResult]:
    """Return the steps, and as step 0 the instructor's own tests if there are any."""
    own = [test for test in result.tests if test.step == 0]
    if not own or any(row.step == 0 for row in result.steps):
        return list(result.steps)
    score, worth = tidy(sum(test.score for test in own)), tidy(sum(test.max_score for test in own))
    status = "passed" if all(test.status == "passed" for test in own) else "failed"
    return [*result.steps, StepResult(0, OWN_TESTS, score, worth, status)]


def without_hidden(result: Result) -> Result:
    """Return the result as if its hidden tests, and their marks, did not exist."""
    hidden = [test for test in result.tests if test.hidden]
    if not hidden:
        return result
    tests = tuple(test for test in result.tests if not test.hidden)
    steps = []
    for row in result.steps:
        mine = [test for test in hidden if test.step == row.step]
        known = [test.status for test in tests if test.step == row.step]
        if row.step or known:
            score = tidy(row.score - sum(test.score for test in mine))
            worth = tidy(row.max_score - sum(test.max_score for test in mine))
            status = "passed" if mine and set(known) <= {"passed"} else row.status
            steps.append(replace(row, score=score, max_score=worth, status=status))
    left = replace(result, tests=tests, steps=tuple(steps))
    core = [row for row in steps_of(left) if not is_bonus(row.step)]
    return replace(
        left,
        score=tidy(sum(row.score for row in core)),
        bonus=tidy(sum(row.score for row in steps if is_bonus(row.step))),
        max_score=tidy(sum(row.max_score for row in core)),
    )


def _values(mark: Mark, nearest: Nearest, show_hidden: bool) -> dict[str, object]:
    hidden = [test for test in mark.result.tests if test.hidden]
    known = without_hidden(mark.result)
    result = mark.result if show_hidden else known
    to_read = first_open(test for test in known.tests if test.step)
    return {
        "name": shown_name(mark.entry),
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
        "misconception": likely(known, nearest),
    }


def _rows(result: Result, tests: tuple[TestResult, ...]) -> Iterator[Row]:
    """Yield the steps of `result` with the messages of `tests`, those that the student may know."""
    for row in steps_of(result):
        mine = [test for test in tests if test.step == row.step]
        passed = sum(test.status == "passed" for test in mine)
        yield Row(row, is_bonus(row.step), f"{passed} of {len(mine)} tests" if mine else "", _open(mine))


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
