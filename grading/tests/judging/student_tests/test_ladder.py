"""Step 9 is fair: marks follow skill, from an empty file to a test for each row of the contract."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.judging.grader import Grader
from grading.judging.student_tests.scoring import STEP
from grading.maintain.own_tests_table import judged, rungs

MARKS = {
    "01_none": 0,
    "02_status": 0,
    "03_happy_path": 3,
    "04_refuses": 4,
    "05_blank": 5,
    "06_six_sensible": 7,
    "07_statuses": 8,
    "08_secrets": 9,
    "09_edges": 9.5,
    "test_main": STEP.marks,
}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    if sys.platform != "linux":
        pytest.skip("Elsewhere this takes many minutes.")
    with Grader(1) as running:
        yield running


def test_ten_files_are_of_growing_skill() -> None:
    assert [file.stem for file, _ in rungs()] == list(MARKS)
    assert list(MARKS.values()) == sorted(MARKS.values())


@pytest.mark.parametrize(("file", "told"), rungs(), ids=lambda given: given.stem if isinstance(given, Path) else "")
def test_a_file_gets_the_marks_of_its_skill(file: Path, told: str, grader: Grader) -> None:
    marks = sum(test.score for test in judged(grader, file))
    assert marks == MARKS[file.stem]
    assert told.startswith(f"{marks:g} of {STEP.marks}: ")
