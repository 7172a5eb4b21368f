"""Programs that are wrong in one case only lose a mark for it, and none in another step: see gallery/subtle.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from grading import GALLERY, KIT
from grading.judging.grader import Grader
from grading.maintain.misconception_data import edited
from grading.results.steps import MAX_BONUS
from grading.tests.programs import write

FAULTS = tomllib.loads((GALLERY / "subtle.toml").read_text(encoding="utf-8"))["fault"]
SOLUTION = (KIT / "solution" / "main.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["name"])
def test_a_fault_that_shows_in_one_case_only_is_seen(grader: Grader, tmp_path: Path, fault: dict[str, Any]) -> None:
    result = grader.grade(write(tmp_path, edited(SOLUTION, fault["edits"])))
    lost = [test for test in result.tests if test.status != "passed"]
    assert fault["fails"] in [test.id for test in lost]
    assert len({test.step for test in lost}) == 1
    assert result.score + result.bonus == result.max_score + MAX_BONUS - sum(test.max_score for test in lost)
