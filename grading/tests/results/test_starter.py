"""The solution can be cut at each step, and the suite sees where."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading import KIT
from grading.results.result import Result
from grading.results.starter import RegionError, cut, starter_files
from grading.results.steps import STEPS
from grading.tests.conftest import Mark

SOLUTION = (KIT / "solution" / "main.py").read_text(encoding="utf-8")
CUTS = [0, *(row.number for row in STEPS if row.judged in ("suite", "bonus"))]


@pytest.mark.parametrize("last", CUTS)
def test_a_program_cut_at_a_step_passes_up_to_it_and_no_further(
    last: int, mark: Mark, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.py").write_text(cut(SOLUTION, last), encoding="utf-8")
    result = mark(tmp_path)
    with capsys.disabled():
        print(f"\ncut at step {last:>2}: {matrix_row(result)}", end=" ")
    assert {row.step: row.status for row in result.steps if row.step <= last and row.step != 9} == {
        row.number: "passed" for row in STEPS if row.number <= last and row.number != 9
    }
    following = [number for number in CUTS if number > last]
    if following:
        assert result.steps[following[0] - 1].status in ("failed", "skipped")
    if last == 0:
        assert (result.score, result.bonus) == (0, 0)
    if last == CUTS[-1]:
        assert (result.score, result.bonus) == (result.max_score, 10)


def matrix_row(result: Result) -> str:
    """Return passed/all tests of each step, in one line."""
    cells = []
    for row in result.steps:
        tests = [test for test in result.tests if test.step == row.step]
        if tests:
            cells.append(f"{row.step}: {sum(test.status == 'passed' for test in tests)}/{len(tests)}")
    return "  ".join(cells)


@pytest.mark.parametrize("name", ["main.py", "test_main.py"])
def test_the_starter_is_the_solution_without_its_steps_byte_for_byte(name: str) -> None:
    assert (KIT / "starter" / name).read_bytes() == starter_files()[name].encode(), (
        "starter/ differs from what solution/ gives: run python -m grading.results.starter"
    )


def test_every_todo_of_the_table_stands_in_the_starter() -> None:
    everything = "".join(starter_files().values())
    for row in STEPS:
        for text in row.todo:
            assert f"# TODO {row.number}: {text.splitlines()[0]}" in everything


def test_a_cut_keeps_the_blank_lines_that_formatters_want() -> None:
    for last in CUTS:
        assert "\n\n\n\n" not in cut(SOLUTION, last)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("# endregion\n", "line 1: endregion without a region"),
        ("# region step 1: a\nx = 1\n", "a region of step 1 is not closed"),
        ("# region step 4: a\n# endregion\n# region step 4: b\n# endregion\n", "1 TODOs for step 4"),
    ],
)
def test_markers_that_do_not_fit_together_are_named(source: str, problem: str) -> None:
    with pytest.raises(RegionError, match=problem):
        cut(source, 0)
