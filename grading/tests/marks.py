"""Marks of made-up students, for the tests of pages and exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grading.classroom.entry import Entry, Lateness, Mark
from grading.pages.class_report import Findings
from grading.pages.similarity import SimilarPair
from grading.pages.write import Pages
from grading.results.failure import Failure
from grading.results.misconceptions import Misconception
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.results.steps import STEPS

BELIEF = Misconception(
    "sixty_minutes",
    "Minutes for seconds",
    "a time-out is given in minutes.",
    "notebooks/08_do_not_block.ipynb",
    "How long to wait",
)


def message(came_back: str = '200 {"response":"hello"}', sent: str = 'POST /generate {"message":""}') -> Failure:
    """What a failed test says, as the suite makes it."""
    return Failure.of(sent, came_back, "422, because a blank message is not a question", STEPS[6].where)


def failed(name: str, step: int, marks: float, said: Failure | str, hidden: bool = False) -> TestResult:
    """A test that failed: with the suite's four parts, or only a text."""
    failure = said if isinstance(said, Failure) else None
    return TestResult(name, step, "failed", 0, marks, str(said), hidden, failure)


def a_result(broken: Mapping[int, Failure | str] | None = None, *more: TestResult) -> Result:
    """A graded result: one test for each half of a step's marks; `broken` maps a step to what its tests say."""
    tests = list(more)
    for row in STEPS:
        for case in ("one", "two") if row.tests else ():
            name, marks = f"{Path(row.tests).stem}::test_it_works[{case}]", row.marks / 2
            said = (broken or {}).get(row.number)
            passed = TestResult(name, row.number, "passed", marks, marks)
            tests.append(failed(name, row.number, marks, said) if said else passed)
    return make_result(tests, f"sha256:{'0' * 64}", 1)


def with_hidden(result: Result) -> Result:
    """The same with two tests of an instructor that the student must not know of: one failed, one passed."""
    one = failed("own::test_of_emoji_canary", 0, 4, message("500 the-hidden-answer"), hidden=True)
    other = TestResult("own::test_of_load_canary", 0, "passed", 3, 3, "", hidden=True)
    return make_result((*result.tests, one, other), result.hashes["submission"], 1)


def a_mark(result: Result, key: str = "ada", name: str = "Ada Lovelace", late: Lateness | None = None) -> Mark:
    """A mark of one student, whose record holds more than a page may show."""
    entry = Entry(key, name, Path("/srv/classes/canary-path") / key, {"canvas_user": "canary-id-77"})
    return Mark(entry, result, late, identical_to=("canary-other-key",))


def mark(
    name: str, score: float | None, ids: dict[str, str], bonus: float = 0, after_late_policy: float | None = None
) -> Mark:
    """Return the mark of a student: tests of step 6 and 10 with these marks; None as score: not graded."""
    entry = Entry(name.lower().replace(" ", "-"), name, Path(name), ids)
    late = None if after_late_policy is None else Lateness(1, 10, after_late_policy)
    if score is None:
        return Mark(entry, not_graded("It can't be read."), late)
    tests = [
        TestResult("test_step_06_handle_failures::test_a_rule", 6, "passed", score, score),
        TestResult("test_step_10_ship_it::test_health", 10, "passed" if bonus else "failed", bonus, 10),
    ]
    return Mark(entry, make_result(tests, "", 1.5), late)


def write_pages(
    marks: Iterable[Mark], out: Path, similar_pairs: Sequence[SimilarPair] | None = None, **options: Any
) -> None:
    """Write the pages of these marks."""
    pages = Pages(out, options.pop("findings", Findings(similar_pairs)), **options)
    for each in marks:
        pages.add(each)
    pages.write_report()
