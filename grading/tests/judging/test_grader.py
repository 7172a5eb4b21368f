"""The grader says how well a program was kept apart, and refuses where that is less than was asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from grading import KIT
from grading.judging import grader
from grading.judging.grader import Grader, SandboxMissing
from grading.processes import spawned
from grading.results.steps import STEPS
from grading.tests.programs import HELLO, write


def test_no_sandbox_is_refused_where_one_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grader, "_HAS_FARM", False)
    with pytest.raises(SandboxMissing, match="grade doctor"), Grader(1, require_sandbox=True, own_tests=False):
        pytest.fail("it was not refused")


def test_where_there_is_no_farm_the_marks_are_the_same_and_the_result_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with Grader(1, own_tests=False) as warm:
        expected = warm.grade(KIT / "solution", step=4)
    monkeypatch.setattr(grader, "_HAS_FARM", False)
    with Grader(1, own_tests=False) as cold:
        result = cold.grade(KIT / "solution", step=4)
    assert result.isolation == spawned.ISOLATION
    assert dataclasses.replace(result, duration_s=0, isolation={}) == dataclasses.replace(
        expected, duration_s=0, isolation={}
    )


def test_a_program_may_make_temporary_files(tmp_path: Path) -> None:
    """Its folder is the only place for them, whatever was found before the fork."""
    program = write(tmp_path, f"import tempfile\nwith tempfile.NamedTemporaryFile() as file:\n    print(file)\n{HELLO}")
    with Grader(1, own_tests=False) as grader:
        assert grader.grade(program, step=1).score == STEPS[0].marks
