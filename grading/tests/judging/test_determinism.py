"""Grading a program again gives the same result, and both modes give the same marks: a sample of what two commands
check for all programs (`python -m grading.maintain.determinism`, `python -m grading.maintain.parity`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from grading import GALLERY, KIT
from grading.judging.grader import Grader
from grading.maintain.comparison import differences
from grading.maintain.determinism import instabilities
from grading.maintain.hostile import PATIENCE, canaries, hostile_ground, hostile_programs
from grading.maintain.parity import disagreements
from grading.tests.results.test_result import a_result

HOSTILE = "exit_after_answering right_only_later frame_cut_off".split()
GALLERY_SAMPLE = """
    correct/bonus_sync correct/exception_handlers correct/lifespan_state correct/package_of_modules correct/to_thread
    correct/plain_starlette wrong/asks_at_import wrong/connects_at_import wrong/message_in_log
    wrong/key_needed_at_import wrong/shared_history wrong/exception_text_500
""".split()


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(1, own_tests=False) as running:
        yield running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")
def test_a_hostile_program_gets_the_same_result_again() -> None:
    with hostile_ground() as ground, canaries(ground) as made, Grader(1, own_tests=False, patience=PATIENCE) as grader:
        for program in hostile_programs():
            if program.name in HOSTILE:
                submission = program.hand_in(ground / program.name, made.aim)
                assert list(instabilities(grader, submission, 2, program.step)) == []


def test_the_solution_gets_the_same_result_again(grader: Grader) -> None:
    assert list(instabilities(grader, KIT / "solution", 2)) == []


@pytest.mark.parametrize("name", GALLERY_SAMPLE)
def test_both_modes_give_the_same_marks(name: str, grader: Grader) -> None:
    assert (GALLERY / name / "main.py").is_file()
    assert list(disagreements(grader, GALLERY / name)) == []


def test_a_difference_is_noticed() -> None:
    one, other = a_result(), a_result({3: "failed"})
    assert len(list(differences(one, other, messages=False))) >= 2
    assert list(differences(one, one)) == []
