"""What `grade watch` draws fits every window."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grading.checking.screen import Screen
from grading.results.result import Result, make_result, not_graded
from grading.tests.results.test_result import a_test


def drawn(result: Result, width: int, height: int) -> list[str]:
    screen = Screen(Path("starter"))
    screen.take(result)
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(screen, height=height)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


LONG = "\n".join(["sent:       POST", *[f"{'word ' * 200}" for _ in range(9)], "look at:    step 1"])


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 50), (200, 24), (40, 12), (20, 6)])
@pytest.mark.parametrize("message", ["expected:   422", LONG], ids=["short", "long"])
def test_it_fits_every_window(width: int, height: int, message: str) -> None:
    tests = [replace(a_test(number, "failed"), message=message) for number in (1, 2, 3, 4, 5, 6, 7, 8, 10)]
    for result in (make_result(tests, "", 0), not_graded(message)):
        lines = drawn(result, width, height)
        assert len(lines) == height
        assert max(map(len, lines)) <= width
        assert lines[-1].startswith("h hint  n next")
    seen = "\n".join(drawn(make_result(tests, "", 0), width, height))
    assert ("10  Ship it" in seen) == (height == 50)  # in a small window, the ladder is a line of signs
    assert ("1 ✗  2 ✗" in seen) == (height < 50)


def test_a_message_that_does_not_fit_can_be_turned_over() -> None:
    message = "\n".join(f"line {number}" for number in range(40))
    screen = Screen(Path("starter"))
    screen.take(make_result([replace(a_test(1, "failed"), message=message)], "", 0))
    seen = ""
    for _ in range(5):
        console = Console(file=io.StringIO(), width=80, height=24, color_system=None)
        console.print(screen, height=24)
        assert isinstance(console.file, io.StringIO)
        seen += console.file.getvalue()
        screen.press("m")
    assert all(f"line {number} " in seen for number in range(40))
    assert "page 1 of 3: m turns over" in seen
