"""Who has the same main.py or test_main.py as somebody else, and who handed in the starter as it was."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from grading.classroom.marks_csv import marks_csv
from grading.classroom.same_files import SameFiles, handed_out
from grading.results.starter import starter_files
from grading.tests.classroom.class_command import a_class, grade_class, known
from grading.tests.classroom.known_grader import KnownGrader

__all__ = ["known"]  # a fixture

STARTER = {name: text.encode() for name, text in starter_files().items()}


def test_a_copied_program_is_found_beside_another_test_file() -> None:
    same = SameFiles()
    for key, main, tests in (("a", b"app = 1", b"x"), ("b", b"app = 1\r\n", b"y"), ("c", b"app = 2", b"y\n")):
        same.add(key, {"main.py": main, "test_main.py": tests})
    assert same.groups() == {"main.py": [["a", "b"]], "test_main.py": [["b", "c"]]}
    # Of a and d, identical in every file, one was added.
    assert same.groups([["a", "d"]])["main.py"] == [["a", "b", "d"]]


def test_who_is_identical_in_every_file_is_not_named_twice() -> None:
    same = SameFiles()
    same.add("a", {"main.py": b"app = 1"})
    assert same.groups([["a", "b"]]) == {"main.py": [], "test_main.py": []}


def test_the_starter_is_no_copy_whatever_an_editor_did_to_its_line_ends() -> None:
    same = SameFiles()
    same.add("a", STARTER)
    same.add("b", {**STARTER, "main.py": STARTER["main.py"].replace(b"\n", b"\r\n")})
    same.add("c", {**STARTER, "main.py": b"app = 1"})
    assert same.untouched([["b", "d"]]) == {"a", "b", "d"}
    assert same.groups() == {"main.py": [], "test_main.py": []}
    assert set(handed_out()) == set(STARTER)


def test_untouched_starters_are_out_of_the_identical_groups(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = a_class(tmp_path / "class", {"a": STARTER["main.py"], "b": STARTER["main.py"], "c": b"app = 1\n"})
    told = grade_class(source, "--out", tmp_path / "out")
    assert "2 handed in the starter as it was." in told
    assert "identical," not in told
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    assert [(row["name"], row["state"]) for row in summary["marks"]] == [
        *(("a", "as handed out"), ("b", "as handed out"), ("c", "graded")),
    ]
    assert summary["identical"] == []
    page = (tmp_path / "out" / "class-report.html").read_text(encoding="utf-8")
    assert "2 students handed in the starter as it was" in page


def test_marks_csv_has_a_column_for_each_id_and_step_and_a_byte_order_mark() -> None:
    row = {"key": "a", "name": "Müller", "ids": {"canvas_user": "7"}, "score": 5, "steps": {"1": 5, "2": None}}
    other = {**row, "key": "b", "ids": {"email": "=b@example.org"}, "steps": {"1": 0, "2": 3, "0": 1}}
    data = marks_csv([row, other]).encode()
    assert data[:3] == b"\xef\xbb\xbf"
    titles, *rows = csv.reader(data.decode("utf-8-sig").splitlines())
    assert titles == ["key", "name", "canvas_user", "email", "score", "step_1", "step_2", "extra_tests"]
    assert rows == [
        ["a", "Müller", "7", "", "5", "5", "", ""],
        ["b", "Müller", "", "'=b@example.org", "5", "0", "3", "1"],
    ]


def test_last_years_class_stands_in_the_summary(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = a_class(tmp_path / "class", {f"s{number}": b"app = %d\n" % number for number in range(6)})
    grade_class(source, "--out", tmp_path / "before")
    grade_class(source, "--out", tmp_path / "out", "--last-year", tmp_path / "before")
    assert "Last year" in (tmp_path / "out" / "class-summary.html").read_text(encoding="utf-8")
    told = grade_class(source, "--out", tmp_path / "out", "--last-year", tmp_path / "class", code=2)
    assert "--last-year: " in told
    assert "has no summary.json" in told
