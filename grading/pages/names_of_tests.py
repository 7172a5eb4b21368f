"""The names of tests for people; those of a student's own tests (step 9) are the bugs that they should find."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from grading.judging.student_tests.programs import programs
from grading.results.reading import in_words
from grading.results.steps import marks_own_tests

OWN_TESTS = "own_tests::"
"""How the ids of the tests of a student's own tests begin."""


def name_of_test(test_id: str) -> str:
    """Return "A program that answers GET" for own_tests::catch_a_bug[get_works_too]; else see `in_words`."""
    bug = _bugs().get(test_id.partition("[")[2].rstrip("]")) if test_id.startswith(OWN_TESTS) else None
    return f"A program that {bug}" if bug else in_words(test_id)


@functools.cache
def _bugs() -> Mapping[str, str]:
    return {each.name: each.bug for each in programs().broken} if marks_own_tests() else {}
