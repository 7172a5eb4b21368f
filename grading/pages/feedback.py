"""Write the feedback for one student: marks, what each open test sent and expected, and what to read next.

A page never describes an instructor's hidden tests. With `show_hidden` it says how many there are and shows the full
marks; without, it shows the marks of the tests that the student may know.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from grading.classroom.entry import Entry, Lateness, Mark
from grading.classroom.final import final
from grading.pages.names_of_tests import name_of_test
from grading.pages.render import render
from grading.pages.scrub import scrub
from grading.results.misconceptions import Misconception
from grading.results.reading import first_open, in_words, marks_in_words
from grading.results.result import Result, StepResult, TestResult, make_result
from grading.results.steps import is_bonus, step
from grading.text import shown

_STATUS = {
    "passed": ("good", "✓ ", "done"),
    "failed": ("bad", "✗ ", "not yet"),
    "skipped": ("soft", "", "not checked yet"),
    "unmarked": ("soft", "", "not marked yet"),
}
"""A step's status -> its style, sign and words."""
_OPTIONAL = ("soft", "", "not done, optional")
"""Of a bonus step that is not done: nobody needs it."""


@dataclass(frozen=True)
class Message:
    """What an open test says: its name in words, its text, and the labelled parts of that if it has any."""

    what: str
    text: str
    parts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Open:
    """Tests that did not pass and saw the same come back; or that were skipped for the same reason."""

    status: str
    first: Message
    same: list[str]
    """The names of others that say exactly the same."""
    more: list[Message]
    """The others: they sent or expected something else."""


@dataclass(frozen=True)
class Row:
    """One step."""

    step: int
    title: str
    marks: str
    status: tuple[str, str, str]
    counts: str
    failed: str
    """How many tests did not pass, as a sentence."""
    open: list[Open]


def feedback_html(
    mark: Mark, cause: Misconception | None, *, show_hidden: bool = False, today: date | None = None
) -> str:
    """Return the page as self-contained HTML: no script, nothing to fetch.

    cause: the likely misconception. today: the date to print on it.
    """
    return render("feedback.html.j2", **_values(mark, cause, show_hidden, today))


def feedback_markdown(
    mark: Mark, cause: Misconception | None, *, show_hidden: bool = False, today: date | None = None
) -> str:
    """Return the page as Markdown, with the student's own texts escaped."""
    return render("feedback.md.j2", **_values(mark, cause, show_hidden, today))


def shown_name(entry: Entry) -> str:
    """Return the student's name, without characters that are invisible or change the writing direction."""
    return shown(entry.name.strip() or entry.key)


def without_hidden(result: Result) -> Result:
    """Return the result as if its hidden tests did not exist."""
    if not any(test.hidden for test in result.tests):
        return result
    known = (test for test in result.tests if not test.hidden)
    summed = make_result(known, "", 0, own_tests=all(row.status != "unmarked" for row in result.steps))
    changed = {name: getattr(summed, name) for name in ("tests", "steps", "score", "max_score")}
    return replace(result, **changed)


def _values(mark: Mark, cause: Misconception | None, show_hidden: bool, today: date | None) -> dict[str, object]:
    known = without_hidden(mark.result)
    result = mark.result if show_hidden else known
    to_read = first_open(test for test in known.tests if test.step)
    return {
        "name": shown_name(mark.entry),
        "result": result,
        "headline": _headline(mark, result),
        "decisions": [scrub(str(decision)) for decision in mark.decisions],
        "upload": _upload(mark),
        "made": f"{today:%A}, {_day(today)}" if today else "",
        "notes": list(_notes(mark, show_hidden)),
        "reason": scrub(mark.entry.problem or result.reason or ""),
        "rows": [_row(row, [test for test in known.tests if test.step == row.step]) for row in result.steps],
        "next": step(to_read.step) if to_read else None,
        "misconception": cause,
    }


def _headline(mark: Mark, result: Result) -> str:
    """Return the marks; where people decided, what counts. result: what the student may know of."""
    if not mark.decisions or not (counts := final(replace(mark, result=result, lateness=_told_lateness(mark, result)))):
        return marks_in_words(result.score, result.max_score, result.bonus) if result.graded else "Not graded"
    return marks_in_words(counts.marks, counts.most, counts.bonus)


def _told_lateness(mark: Mark, result: Result) -> Lateness | None:
    """Return the lateness, of the marks that the student may know of."""
    late = mark.lateness
    if late is None or result == mark.result:
        return late
    return replace(late, score=(result.score + result.bonus) * (100 - late.percent) / 100)


def _upload(mark: Mark) -> str:
    """Return which upload was marked: when it was handed in, and the fingerprint of its files."""
    time, digest = mark.entry.submitted, mark.result.hashes.get("submission", "").removeprefix("sha256:")
    told = "Marked: your upload"
    if time is not None:
        with contextlib.suppress(ValueError):
            when = datetime.fromisoformat(time)
            told += f" of {_day(when)}, {when:%H:%M}" + (f" (UTC{when:%z})" if when.tzinfo else "")
    return f"{told}, fingerprint {digest[:12]}." if digest else f"{told}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _notes(mark: Mark, show_hidden: bool) -> Iterator[str]:
    """Yield remarks about the marks: steps that were not marked, lateness, hidden tests."""
    result, late = mark.result, mark.lateness
    hidden = [test.status for test in result.tests if test.hidden]
    for row in result.steps if result.graded else ():
        if row.status == "unmarked":
            yield f"Step {row.step} ({row.title}) is not marked yet."
    if late and late.days:
        taken = f": {late.percent:g} % is taken off" if result.graded else ""
        # The mark after the late policy would give away those of the hidden tests.
        may_know = result.graded and (show_hidden or not hidden)
        counts = f" With the bonus, {late.score:g} marks count." if may_know else ""
        counts = "" if mark.decisions else counts
        yield f"Handed in {late.days} {'day' if late.days == 1 else 'days'} late{taken}.{counts}"
    elif late:
        yield "Handed in in time, by your own due date." if mark.entry.due else "Handed in in time."
    elif mark.entry.late:
        yield "The course system says that it came late. Nothing is taken off here."
    if hidden and show_hidden:
        tests = "test" if len(hidden) == 1 else "tests"
        yield f"{len(hidden)} more {tests} of your instructor's: {hidden.count('passed')} passed."


def _row(row: StepResult, tests: list[TestResult]) -> Row:
    """Return a step with the messages of its open tests; `tests`: those that the student may know."""
    passed = sum(test.status == "passed" for test in tests)
    counts = f"{passed} of {len(tests)} tests" if tests else ""
    failed = f"{len(tests) - passed} of {len(tests)} tests did not pass: see why"
    bonus = " bonus" if is_bonus(row.step) else ""
    status = _OPTIONAL if bonus and row.status == "failed" else _STATUS[row.status]
    marks = f"{row.score:g} / {row.max_score:g}{bonus}" if row.max_score else "no marks"
    return Row(row.step, row.title, marks, status, counts, failed, list(_open(tests)))


def _open(tests: list[TestResult]) -> Iterator[Open]:
    groups: dict[tuple[str, str], list[Message]] = {}
    for test in tests:
        if test.status != "passed":
            # An error is our bug, and its text a traceback of ours.
            text = "" if test.status == "error" else scrub(test.message)
            parts = [(label, scrub(part)) for label, part in (test.failure.parts if test.failure else ())]
            together = text if test.status == "skipped" else test.id.partition("[")[0]
            if test.failure and test.failure.came_back:  # one slip makes many tests fail: what it did is said once
                together = scrub(test.failure.came_back)
            groups.setdefault((test.status, together), []).append(Message(_name(test), text, parts))
    said: set[tuple[str, str]] = set()  # where to look is the same in a whole step
    for (status, _), (first, *others) in groups.items():
        same = [each.what for each in others if each.text == first.text]
        more = [_but(each, first.parts) for each in others if each.text != first.text]
        yield Open(status, _but(first, said), same, more)
        said |= {part for part in first.parts if part[0] == "look at"}


def _name(test: TestResult) -> str:
    # Which bugs there are is told of those that slipped through, not of those that nobody looked for yet.
    return in_words(test.id) if test.status == "skipped" else name_of_test(test.id)


def _but(message: Message, said: Collection[tuple[str, str]]) -> Message:
    """Return the message without the parts that were said before it."""
    return replace(message, parts=[part for part in message.parts if part not in said])
