"""Gradescope: the object that an autograder writes to /autograder/results/results.json.

Source: gradescope-autograders.readthedocs.io, "Autograder Specifications" and "Submission Metadata", read in 2026.
Due dates are Gradescope's: it applies its own late policy, so nothing is taken off here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Any

from grading.results.reading import in_words, marks_in_words
from grading.results.result import Result, TestResult, tidy
from grading.results.steps import is_bonus
from grading.results.steps import step as step_of


def gradescope_results(result: Result) -> dict[str, Any]:
    """Return what Gradescope shows. The total is the sum of all tests, or 0 with the reason if it was not graded.

    Tests that students must not learn of are `hidden`, as is the output of the run.
    """
    numbers: defaultdict[int, Iterator[int]] = defaultdict(lambda: count(1))
    return {
        "score": tidy(sum(test.score for test in result.tests)),
        "execution_time": round(result.duration_s),
        "output": _output(result),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(test, f"{test.step}.{next(numbers[test.step])}") for test in result.tests],
        "extra_data": {name: value for name, value in result.as_json().items() if name not in ("steps", "tests")},
    }


def _title(test: TestResult) -> str:
    """Return a test's name for people: the title of its step, and its own name in words."""
    title = step_of(test.step).title if test.step else "Instructor's test"
    return f"{title}{' (bonus)' if is_bonus(test.step) else ''}: {in_words(test.id)}"


def _output(result: Result) -> str:
    if not result.graded:
        return f"Not graded. {result.reason}"
    rows = [row for row in result.steps if row.step and step_of(row.step).core]  # without an instructor's own tests
    return f"{marks_in_words(sum(row.score for row in rows), sum(row.max_score for row in rows), result.bonus)}."


def _test(test: TestResult, number: str) -> dict[str, Any]:
    return {
        "number": number,
        "name": _title(test),
        "score": test.score,
        "max_score": test.max_score,
        "status": "passed" if test.status == "passed" else "failed",
        "output": test.message,
        "tags": [test.status, "bonus"] if is_bonus(test.step) else [test.status],
        "visibility": "hidden" if test.hidden else "visible",
    }
