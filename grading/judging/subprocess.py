"""Judge one submission by a new pytest process: in that same process, or with the program in one more."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grading import KIT
from grading.intake.submission import Submission, SubmissionError, open_submission
from grading.judging.judge_output import Judged, NoResult, OnTest, ignore
from grading.processes.python_process import describe_exit, end_group, judge_environment, start_module
from grading.results.result import IN_PROCESS, Result, TestResult, make_result, not_graded
from grading.results.steps import STEPS
from grading.results.steps import step as step_of
from grading.text import plain

DEADLINE = 120.0
"""Seconds for the whole suite on one submission; the solution needs about three."""

_SHOWN = 400  # characters of the judge's last words in a reason


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
    `suite` runs the tests, `run_suite` if nothing else is said. Never raises, see `grade_by`.
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
        return not_graded(str(problem), digest, time.monotonic() - started, own_tests=own_tests)


def run_suite(
    folder: Path,
    options: Sequence[str] = (),
    *,
    step: int | None = None,
    extra_tests: Path | None = None,
    deadline: float = DEADLINE,
    on_test: OnTest = ignore,
) -> list[TestResult]:
    """Run the suite on `folder`/main.py in a process of its own; `options` are those of `grading.judging.judge`.

    Returns: one result a test. Raises NoResult if the process died, hung or said nonsense: its exit code
    and the tests that it had passed before then mean nothing.
    """
    files = [str(KIT / row.tests) for row in STEPS if row.tests and step in (None, row.number)]
    if extra_tests is not None and step is None:
        files.append(str(extra_tests.resolve()))
    judged = Judged()
    with tempfile.TemporaryFile() as errors:
        command = ["grading.judging.judge", *options, str(folder), *files]
        process = start_module(command, judge_environment(), stdout=subprocess.PIPE, stderr=errors.fileno())
        try:
            assert process.stdout is not None
            judged.read(process.stdout, deadline, on_test)
        finally:
            end_group(process)
        if judged.complete:
            return judged.tests
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4 * _SHOWN))
        words = plain(errors.read().decode("utf-8", "replace").strip()[-_SHOWN:])
        ending = describe_exit(process.returncode)
        raise NoResult(
            f"The program ended the test process ({ending}) after {len(judged.tests)} tests. "
            "Look for exit() or a crash in the program." + (f" Its last words: {words}" if words else "")
        )
