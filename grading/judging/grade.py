"""Judge's side. Grade one submission by whatever judges it: take it in, have it judged, make the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from grading.intake.submission import Submission, SubmissionError, open_submission
from grading.judging.cold import DEADLINE, run_suite
from grading.judging.lines import GraderBroke, NoResult, OnTest, ignore
from grading.results.result import IN_PROCESS, Result, TestResult, make_result, not_graded
from grading.results.steps import step as step_of


def grade_here(
    path: Path,
    *,
    step: int | None = None,
    deadline: float = DEADLINE,
    on_test: OnTest = ignore,
    suite: Callable[..., list[TestResult]] | None = None,
) -> Result:
    """Grade a submission (a folder, one Python file or a zip file) in one process with its judge.

    That is for students: the program could forge its marks. `step` limits it to one step; that of students' own tests
    is judged only if it is named, because it takes much longer. `on_test` is called with each result as it comes in.
    `suite` runs the tests instead of `run_suite`. Never raises, see `grade_by`.
    """

    def judge(submission: Submission) -> tuple[list[TestResult], dict[str, Any]]:
        if step is not None and step_of(step).judged == "own-tests":
            from grading.judging.student_tests.runs import judge_here  # late: it starts processes as this module does

            return judge_here(submission.folder, on_test), IN_PROCESS
        run = suite or run_suite
        return run(submission.folder, step=step, deadline=deadline, on_test=on_test), IN_PROCESS

    return grade_by(path, judge)


def grade_by(
    path: Path, judge: Callable[[Submission], tuple[list[TestResult], dict[str, Any]]], *, own_tests: bool = False
) -> Result:
    """Grade a submission by `judge`, which returns the results of its tests and its isolation, or raises NoResult.

    Never raises for what a submission is or does: the result then says why it was not graded. `own_tests`: see
    `not_graded`.
    """
    started, digest = time.monotonic(), ""
    try:
        with open_submission(path) as submission:
            digest = submission.sha256
            tests, isolation = judge(submission)
            return make_result(tests, digest, time.monotonic() - started, isolation)
    except (NoResult, SubmissionError) as problem:
        result = not_graded(str(problem), digest, time.monotonic() - started, own_tests=own_tests)
        # Without hashes no later run takes it for this submission's result.
        return replace(result, hashes={}) if isinstance(problem, GraderBroke) else result
