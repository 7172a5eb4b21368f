"""The programs of step 9 are as described: the suite gives each style all marks, and each bug costs some."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.judging.grader import Grader
from grading.judging.student_tests.programs import programs, write_programs
from grading.judging.student_tests.scoring import STEP
from grading.results.steps import MAX_SCORE

SOURCES = programs().draw(b"any file")
# What a program of step 9 breaks, by the suite's steps; its tests of own starts may lose marks beside.
BREAKS = {
    "canned_answer": 4,
    "words_added": 4,
    "forgotten_f": 3,
    "message_has_default": 2,
    "blank_accepted": 7,
    "no_limit": 7,
    "failures_not_caught": 6,
    "one_status": 6,
    "provider_quoted": 6,
    "limit_off_by_one": 7,
    "shared_history": 3,
}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    if sys.platform != "linux":
        pytest.skip("Elsewhere this takes many minutes.")
    with Grader(1, own_tests=False) as running:
        yield running


@pytest.mark.parametrize("style", programs().styles)
def test_each_style_keeps_the_whole_contract(style: str, tmp_path: Path, grader: Grader) -> None:
    result = grader.grade(write_programs({style: SOURCES[style]}, tmp_path)[style])
    lost = [(test.id, test.message) for test in result.tests if test.score < test.max_score and test.step != 10]
    assert lost == []
    assert sum(test.score for test in result.tests if test.step != 10) == MAX_SCORE - STEP.marks


@pytest.mark.parametrize("name", BREAKS)
def test_each_bug_is_one_that_the_suite_sees(name: str, tmp_path: Path, grader: Grader) -> None:
    result = grader.grade(write_programs({name: SOURCES[name]}, tmp_path)[name])
    lost = {test.step for test in result.tests if test.score < test.max_score and test.step != 10}
    assert BREAKS[name] in lost
    assert set(BREAKS) == {each.name for each in programs().broken}
