"""Read a result: which test comes first, and marks and tests in words."""

from __future__ import annotations

from collections.abc import Iterable

from grading.results.result import TestResult
from grading.results.steps import MAX_BONUS, step


def first_open(tests: Iterable[TestResult]) -> TestResult | None:
    """Return the first test to work on; None if all passed."""
    return next(iter(open_tests(tests)), None)


def open_tests(tests: Iterable[TestResult]) -> list[TestResult]:
    """Return the tests that did not pass, in the order to work on them: bonus and hands-on late, skipped ones last."""
    still_open = [test for test in tests if test.status != "passed"]
    return sorted(
        still_open, key=lambda test: (test.status == "skipped", not test.step or not step(test.step).core, test.step)
    )


def in_words(test_id: str) -> str:
    """Return a test's name for people: `test_step_06…::test_refusals_are_502[400]` is "Refusals are 502 (400)"."""
    name, _, case = test_id.rpartition("::")[2].removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:] + (f" ({case.removesuffix(']')})" if case else "")


def marks_in_words(score: float, max_score: float, bonus: float | None = None) -> str:
    """Return "84.5 of 90 marks, bonus 4 of 10"; None, or an assignment without bonus, leaves the bonus out."""
    more = "" if bonus is None or not MAX_BONUS else f", bonus {bonus:g} of {MAX_BONUS:g}"
    return f"{score:g} of {max_score:g} marks{more}"
