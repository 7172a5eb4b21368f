"""No name becomes a formula in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grading.classroom.marks_csv import _cell
from grading.tests.classroom.class_command import a_class, grade_class
from grading.tests.classroom.known_grader import KnownGrader

FORMULAS = [
    "eve;=1+1",
    "eve, @SUM(A1)",
    'eve;"=1+1"',
    "eve\t-2",
    "＝1+1",
    "eve|＋1",
    "eve; ＠x",
    "a;b;=1",
    "= 1",
    " =1",
]


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("separator", ",;\t|")
def test_no_cell_begins_a_formula_whatever_parts_the_cells(name: str, separator: str) -> None:
    for row in csv.reader([str(_cell(name))], delimiter=separator):
        assert not [cell for cell in row if cell.lstrip()[:1] in tuple("=+-@＝＋－＠")]


@pytest.mark.parametrize("text", ["Ada; Bob", "main.py: x=1", "a-b", "mail: a@b.example", "moodle_participant=12", "9"])
def test_a_cell_that_is_no_formula_stays_as_it_is(text: str) -> None:
    assert _cell(text) == text


def test_names_do_not_become_formulas_in_a_spreadsheet(tmp_path: Path, known: list[KnownGrader]) -> None:
    a_class(tmp_path / "class", {"=1+1": b"app = 1\n", "@SUM(A1)": b"app = 2\n", "-2": b"def f(:\n"})
    grade_class(tmp_path / "class", "--out", tmp_path / "out")
    with (tmp_path / "out" / "marks.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["name"] for row in csv.DictReader(stream)] == ["'-2", "'=1+1", "'@SUM(A1)"]
