"""Read a result: which test comes first, and what a test is called."""

from __future__ import annotations

from collections.abc import Iterable

from grading.results.result import TestResult
from grading.results.steps import step


def first_open(tests: Iterable[TestResult]) -> TestResult | None:
    """Return the first test to look at."""
    return next(iter(open_tests(tests)), None)


def open_tests(tests: Iterable[TestResult]) -> list[TestResult]:
    """Return what is to be done, in order: bonus and hands-on steps come last, skipped tests after all."""
    still_open = [test for test in tests if test.status != "passed"]
    return sorted(
        still_open, key=lambda test: (test.status == "skipped", not test.step or not step(test.step).core, test.step)
    )


def in_words(test_id: str) -> str:
    """Return a test's name for people: `test_step_06…::test_refusals_are_502[400]` is "Refusals are 502 (400)"."""
    name, _, case = test_id.rpartition("::")[2].removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:] + (f" ({case.removesuffix(']')})" if case else "")
