"""What the terminal says of a result is true, also of one that is about a single step."""

from __future__ import annotations

import io

from rich.console import Console

from grading import cli
from grading.results.reading import comes_first
from grading.results.result import TestResult, make_result
from grading.results.terminal import show_result


def shown(*tests: TestResult) -> str:
    stream = io.StringIO()
    show_result(Console(file=stream, width=100), make_result(list(tests), "", 0), "Your program")
    return stream.getvalue()


def test_one_step_that_was_checked_says_nothing_of_the_others() -> None:
    said = shown(
        TestResult("test_step_08::a", 8, "passed", 6, 6, ""), TestResult("test_step_08::b", 8, "failed", 0, 4, "")
    )
    assert "6 of 10 marks of this step." in said
    assert said.count("not checked now") == 8
    assert "step 1" not in said


def test_an_app_that_does_not_start_lets_the_other_steps_wait() -> None:
    waits = comes_first(1, "the app does not start. Importing main.py failed.")
    said = shown(
        TestResult("test_step_01::a", 1, "failed", 0, 5, ""),
        TestResult("test_step_02::b", 2, "skipped", 0, 10, waits),
        TestResult("test_step_02::c", 2, "passed", 5, 5, ""),
    )
    assert said.count("· not checked yet: step 1 comes first\n") == 1
    assert said.count("✗ not yet") == 1
    assert "marks, bonus 0 of 10" in said


def test_an_old_console_gets_plain_signs_for_bars_and_ticks() -> None:
    assert cli.cli is not None  # its module knows the way
    assert "██░ ✓ ✗ · é".encode("ascii", "plain signs") == b"##- + x . ?"
