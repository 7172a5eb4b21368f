"""The feedback for one student: marks, what each open test sent and expected, and what to read next.

Of an instructor's hidden tests a page says nothing, or only how many there are if `show_hidden` is true. Then the
marks are the full ones; otherwise they are those of the tests that the student may know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grading.classroom.entry import Entry, Mark
from grading.pages.render import render
from grading.pages.scrub import scrub
from grading.results.misconceptions import Misconception
from grading.results.reading import first_open, in_words
from grading.results.result import Result, StepResult, TestResult, tidy
from grading.results.steps import MAX_BONUS, is_bonus, step
from grading.text import shown

_PART = re.compile(r"^(sent|came back|expected|look at): +", re.MULTILINE)
_STATUS = {
    "passed": ("good", "✓ ", "done"),
    "failed": ("bad", "✗ ", "not yet"),
    "skipped": ("soft", "", "not checked yet"),
    "unmarked": ("soft", "", "not marked yet"),
}
"""Of a step -> its style, its sign and its words."""


@dataclass(frozen=True)
class Message:
    """What an open test says."""

    what: str
    text: str

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The four parts (see grading/expectation.py), or none if the text has another form."""
        before, *found = _PART.split(self.text)
        texts = (text.rstrip("\n") for text in found[1::2])
        return [] if before else list(zip(found[::2], texts, strict=True))


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

    step: int
    title: str
    marks: str
    status: tuple[str, str, str]
    counts: str
    open: list[Open]


def feedback_html(mark: Mark, cause: Misconception | None, *, show_hidden: bool = False) -> str:
    """Return the page as HTML: self-contained, no script, nothing is fetched. `cause` is the likely misconception."""
    return render("feedback.html.j2", **_values(mark, cause, show_hidden))


def feedback_markdown(mark: Mark, cause: Misconception | None, *, show_hidden: bool = False) -> str:
    """Return the same as Markdown, in which the student's own texts mean nothing but themselves."""
    return render("feedback.md.j2", **_values(mark, cause, show_hidden))


def shown_name(entry: Entry) -> str:
    """Return the student's name, without signs that can't be seen or turn a line round."""
    return shown(entry.name.strip() or entry.key)


def without_hidden(result: Result) -> Result:
    """Return the result as if its hidden tests did not exist, which are an instructor's own: step 0."""
    hidden = [test for test in result.tests if test.hidden]
    if not hidden:
        return result
    known = tuple(test for test in result.tests if not test.hidden)
    score, worth = sum(test.score for test in hidden), sum(test.max_score for test in hidden)
    own, *steps = result.steps
    if left := {test.status for test in known if test.step == 0}:
        status = "passed" if left == {"passed"} else "failed"
        own = replace(own, score=tidy(own.score - score), max_score=tidy(own.max_score - worth), status=status)
        steps = [own, *steps]
    score, worth = tidy(result.score - score), tidy(result.max_score - worth)
    return replace(result, tests=known, steps=tuple(steps), score=score, max_score=worth)


def _values(mark: Mark, cause: Misconception | None, show_hidden: bool) -> dict[str, object]:
    known = without_hidden(mark.result)
    result = mark.result if show_hidden else known
    to_read = first_open(test for test in known.tests if test.step)
    marks = f"{result.score:g} of {result.max_score:g} marks, bonus {result.bonus:g} of {MAX_BONUS}"
    return {
        "name": shown_name(mark.entry),
        "result": result,
        "headline": marks if result.graded else "Not graded",
        "notes": list(_notes(mark, show_hidden)),
        "reason": scrub(mark.entry.problem or result.reason or ""),
        "rows": [_row(row, [test for test in known.tests if test.step == row.step]) for row in result.steps],
        "next": step(to_read.step) if to_read else None,
        "misconception": cause,
    }


def _notes(mark: Mark, show_hidden: bool) -> Iterator[str]:
    """Yield what is to be said of the marks: a step without any, lateness, hidden tests."""
    result, late = mark.result, mark.lateness
    hidden = [test.status for test in result.tests if test.hidden]
    for row in result.steps if result.graded else ():
        if row.status == "unmarked":
            yield f"Step {row.step} ({row.title}) is not marked yet."
    if late and late.days:
        taken = f": {late.percent:g} % is taken off" if result.graded else ""
        # A mark after the policy would tell what the hidden tests gave.
        counts = (
            f" With the bonus, {late.score:g} marks count." if result.graded and (show_hidden or not hidden) else ""
        )
        yield f"Handed in {late.days} {'day' if late.days == 1 else 'days'} late{taken}.{counts}"
    elif late:
        yield "Handed in in time."
    elif mark.entry.late:
        yield "The course system says that it came late. Nothing is taken off here."
    if hidden and show_hidden:
        tests = "test" if len(hidden) == 1 else "tests"
        yield f"{len(hidden)} more {tests} of your instructor's: {hidden.count('passed')} passed."


def _row(row: StepResult, tests: list[TestResult]) -> Row:
    """Return a step with the messages of those of its tests that the student may know."""
    passed = sum(test.status == "passed" for test in tests)
    counts = f"{passed} of {len(tests)} tests" if tests else ""
    bonus = " bonus" if is_bonus(row.step) else ""
    marks = f"{row.score:g} / {row.max_score:g}{bonus}" if row.max_score else "no marks"
    return Row(row.step, row.title, marks, _STATUS[row.status], counts, list(_open(tests)))


def _open(tests: list[TestResult]) -> Iterator[Open]:
    groups: dict[tuple[str, str], list[Message]] = {}
    for test in tests:
        if test.status != "passed":
            # An error is a fault of the tests: its text is a traceback of ours.
            text = "" if test.status == "error" else scrub(test.message)
            together = text if test.status == "skipped" else test.id.partition("[")[0]
            groups.setdefault((test.status, together), []).append(Message(in_words(test.id), text))
    for (status, _), (first, *others) in groups.items():
        same = [each.what for each in others if each.text == first.text]
        yield Open(status, first, same, [each for each in others if each.text != first.text])
