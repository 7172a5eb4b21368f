"""What the terminal says of a result is true, also of one that is about a single step."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

from grading import cli
from grading.results.failure import ContractBroken
from grading.results.result import TestResult, make_result, not_graded
from grading.results.terminal import show_all, show_next, show_result, show_unread


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
    said = shown(
        TestResult("test_step_01::a", 1, "failed", 0, 5, ""),
        TestResult("test_step_02::b", 2, "skipped", 0, 10, waits_for=1),
        TestResult("test_step_02::c", 2, "passed", 5, 5, ""),
    )
    assert said.count("· not checked yet: step 1 comes first\n") == 1
    assert said.count("✗ not yet") == 1
    assert "marks, bonus 0 of 10" in said


def test_an_old_console_gets_plain_signs_for_bars_and_ticks() -> None:
    assert cli.cli is not None  # its module knows the way
    assert "██░ ✓ ✗ · é".encode("ascii", "plain signs") == b"##- + x . ?"


def said(show: Callable[..., None], *given: object) -> str:
    stream = io.StringIO()
    show(Console(file=stream, width=100), *given)
    return stream.getvalue()


FAILED = [
    TestResult("test_step_06::test_one", 6, "failed", 0, 4, "sent: a"),
    TestResult("test_step_06::test_other", 6, "failed", 0, 4, "sent: a"),
    TestResult("test_step_06::test_third", 6, "failed", 0, 4, "sent: b"),
    TestResult("test_step_07::test_fourth", 7, "failed", 0, 4, "sent: c"),
    TestResult("test_step_07::test_fifth", 7, "passed", 4, 4),
]


def test_all_failures_are_listed_by_step_and_equal_ones_once() -> None:
    text = said(show_all, make_result(FAILED, "", 0))
    assert [line for line in text.splitlines() if line.startswith("Step ")] == [
        "Step 6, Handle failures: ✗ not yet (0 of 3 tests)",
        "Step 7, Limit the input: ✗ not yet (1 of 2 tests)",
    ]
    assert text.count("sent: a") == 1
    assert text.index("One") < text.index("Other") < text.index("sent: a") < text.index("Third") < text.index("sent: b")
    assert "3 more tests failed: grade check --all" in said(show_next, make_result(FAILED, "", 0))


def test_bars_are_left_out_where_nobody_sees_them() -> None:
    result = make_result(FAILED, "", 0)
    assert "░" not in said(show_result, result, "Mine")
    stream = io.StringIO()
    show_result(Console(file=stream, width=100, force_terminal=True, color_system=None), result, "Mine")
    assert "░" in stream.getvalue()


def test_a_syntax_error_costs_nothing() -> None:
    text = said(show_unread, not_graded("main.py has a syntax error on line 3."), "Mine")
    assert "not checked yet" in text
    assert "on line 3" in text
    assert "0 of" not in text


def test_what_the_program_printed_is_a_part_of_the_message() -> None:
    failure = ContractBroken("POST", "500", "200", "step 3", printed="HELLO\nthere").failure
    assert "printed:    HELLO\n            there\nexpected:   200" in str(failure)
