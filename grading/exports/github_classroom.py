"""GitHub Classroom: the input of its autograding reporter, one runner for each step.

From the source of autograding-grading-reporter, autograding-io-grader and autograding-python-grader (read in 2026): a
step of the workflow has the output `result`, base64 of a JSON object; the reporter reads it from the environment
variable `<RUNNER>_RESULTS`, adds up the runners' `max_score` and their tests' `score`, and leaves out runners whose
`max_score` is 0. So the bonus is shown but not counted: without it, nobody has only 90 of 100.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

from grading.exports.gradescope import title_of
from grading.results.result import Result
from grading.results.steps import STEPS
from grading.results.steps import step as step_of

RUNNERS = {f"step-{step.number}": step.number for step in STEPS if step.tests and step.marks}
"""Id of a runner -> its step."""


def runner_result(result: Result, step: int) -> dict[str, Any]:
    """Return the result of one step's runner, without hidden tests: students see all that GitHub shows."""
    row = next(row for row in result.steps if row.step == step)
    tests = [
        {
            "name": title_of(test),
            "status": {"passed": "pass", "error": "error"}.get(test.status, "fail"),
            "score": test.score,
            "message": _inert(test.message) or None,
            "test_code": test.id,
            "filename": "",
            "line_no": 0,
            "duration": 0,
        }
        for test in result.tests
        if test.step == step and not test.hidden
    ]
    states = {test["status"] for test in tests}
    status = next((state for state in ("error", "fail") if state in states), "pass")
    return {
        "version": 1,
        "status": status if result.graded else "error",
        "max_score": row.max_score if step_of(step).core else 0,
        "message": None if result.reason is None else _inert(result.reason),
        "tests": tests,  # the reporter wants a list, even an empty one
    }


def runner_results(result: Result) -> dict[str, Any]:
    """Return the results of all runners, by their ids."""
    return {runner: runner_result(result, step) for runner, step in RUNNERS.items()}


def encoded(runner: dict[str, Any]) -> str:
    """Return the output `result` of a step of the workflow."""
    return base64.b64encode(json.dumps(runner).encode()).decode()


def _inert(text: str) -> str:
    """Break up commands for GitHub's runner: the reporter prints messages, which quote the student's program.

    A command is a line that begins with `::`, or `##[` anywhere (actions/runner, ActionCommand.cs).
    """
    return re.sub(r"^(\s*):(?=:)", r"\1: ", text, flags=re.MULTILINE).replace("##[", "## [")


if __name__ == "__main__":  # FILE RUNNER, in the workflow
    found = Result.from_json(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print(encoded(runner_result(found, RUNNERS[sys.argv[2]])))
