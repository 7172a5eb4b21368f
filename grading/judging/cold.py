"""Judge's side. Run the suite in a new pytest process, see `judge`: the program in that same one, or apart."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grading.judging.lines import JudgeOutput, NoResult, OnTest, ignore
from grading.processes.python_process import describe_exit, end_group, judge_environment, start_module
from grading.results.assignment import ASSIGNMENT
from grading.results.result import TestResult
from grading.results.steps import STEPS
from grading.text import plain

DEADLINE = 90.0
"""Seconds for the whole suite on one submission; the solution needs about three."""


def in_time(deadline: float) -> float:
    """Return the seconds after which a judge stops waiting, so that all its results come before its own deadline."""
    return 0.8 * deadline


_SHOWN = 400  # characters of the judge's last words in a reason


def run_suite(
    folder: Path,
    options: Sequence[str] = (),
    *,
    step: int | None = None,
    extra_tests: Path | None = None,
    deadline: float = DEADLINE,
    on_test: OnTest = ignore,
) -> list[TestResult]:
    """Run the suite on `folder`/main.py; `options` are those of `python -m grading.judging.judge`.

    Returns one result a test. Raises NoResult if the process died, hung or sent nonsense: its exit code and the
    tests that had passed before mean nothing then.
    """
    files = [str(ASSIGNMENT.folder / row.tests) for row in STEPS if row.tests and step in (None, row.number)]
    if extra_tests is not None and step is None:
        files.append(str(extra_tests.resolve()))
    output = JudgeOutput()
    with tempfile.TemporaryFile() as errors:
        options = [*options, "--deadline", str(deadline)]
        command = ["grading.judging.judge", *options, str(folder), *files]
        process = start_module(command, judge_environment(), stdout=subprocess.PIPE, stderr=errors.fileno())
        try:
            assert process.stdout is not None
            output.read(process.stdout, deadline, on_test)
        finally:
            end_group(process)
        if output.complete:
            return output.tests
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4 * _SHOWN))
        words = plain(errors.read().decode("utf-8", "replace").strip()[-_SHOWN:])
        ending = describe_exit(process.returncode)
        raise NoResult(
            f"The program ended the test process ({ending}) after {len(output.tests)} tests. "
            "Look for exit() or a crash in the program." + (f" Its last words: {words}" if words else "")
        )
