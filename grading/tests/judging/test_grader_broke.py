"""A failure of the grader's own says nothing of a submission: no later run takes it for its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grading.classroom.store import this_basis
from grading.intake.submission import Submission, digest, read_submission
from grading.judging import grader as grader_module
from grading.judging.grade import grade_by
from grading.judging.grader import Grader
from grading.judging.lines import GraderBroke, NoResult
from grading.processes.forkserver import FarmFailed
from grading.results.result import TestResult
from grading.tests.judging.test_killed import SOLUTION


@pytest.mark.parametrize(("problem", "kept"), [(NoResult("It hung."), True), (GraderBroke("No memory."), False)])
def test_what_the_grader_broke_is_graded_again(problem: NoResult, kept: bool) -> None:
    def judge(submission: Submission) -> tuple[list[TestResult], dict[str, Any]]:
        raise problem

    result = grade_by(SOLUTION, judge, own_tests=True)
    assert not result.graded
    assert result.reason == str(problem)
    assert this_basis().validates(result, digest(read_submission(SOLUTION))) == kept


def test_judges_that_end_again_and_again_are_the_graders_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Alive:
        def are_alive(self) -> bool:
            return True

    def ends(*args: object) -> None:
        raise FarmFailed("The judge has ended.")

    monkeypatch.setattr(grader_module, "_HAS_FARM", True)
    monkeypatch.setattr(Grader, "_running_servers", lambda self: Alive())
    monkeypatch.setattr(Grader, "_restart", lambda self, servers: None)
    monkeypatch.setattr(Grader, "_judge_warm", ends)
    (tmp_path / "main.py").write_text("app = 1\n")
    result = Grader(1).grade(tmp_path)
    assert result.reason is not None
    assert result.reason.startswith("The grader's own processes ended again and again.")
    assert result.hashes == {}
