"""The marks of step 9, and verdicts as a run says them."""

from __future__ import annotations

import json

from grading.judging.student_tests.programs import programs
from grading.judging.student_tests.scoring import CORRECT, STEP
from grading.results.result import TestResult, make_result

GOOD = programs().styles
BUGS = {each.name: each.bug for each in programs().broken}
MARKS = {each.name: each.marks for each in programs().broken}


def score(results: list[TestResult]) -> float:
    """Return the marks of step 9, after a look at the form of its results."""
    assert [test.id for test in results] == [CORRECT, *(f"own_tests::catch_a_bug[{name}]" for name in BUGS)]
    assert sum(test.max_score for test in results) == STEP.marks
    assert all((test.message == "") == (test.status == "passed") for test in results)
    row = make_result(results, "", 0).steps[STEP.number - 1]
    assert (row.status == "passed") == (row.score == STEP.marks)
    return row.score


def rejected(results: list[TestResult]) -> str:
    """Return why there are no marks at all, in one line."""
    assert score(results) == 0
    assert [test.status for test in results] == ["failed", *["skipped"] * len(BUGS)]
    return " ".join(results[0].message.split())


# What the verdicts make. Nothing is run here.


def verdict(passed: int = 1, failed: str = "", said: str = "", line: int = 0, loaded: bool = True) -> bytes:
    return json.dumps({"passed": passed, "failed": failed, "said": said, "line": line, "loaded": loaded}).encode()
