"""An unknown layout is refused aloud: a guess would make several students of one, or graded tests of a program."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading.classroom.entry import ClassError
from grading.commands import cli
from grading.tests.classroom.downloads import OTHER, PROGRAM, TESTS, fill, read, refused, taken


@pytest.mark.parametrize(
    "names",
    [
        ["ada_main.py", "ada_settings.py", "ben_main.py"],
        ["ada_hw.py", "ada_util.py", "ben_hw.py", "cem_hw.py"],
        ["Ada Example - hw.py", "Ada Example - util.py", "Ben - hw.py"],
        ["ada.py", "ada.txt", "ben.py"],
        ["ada_test_main.py", "ben_test_main.py"],
        ["ada.py", "test_main.py"],
        ["ada.zip", "ben.zip", "ben-notes.txt"],
        ["hw-ada-1.py", "hw-ada-2.py", "hw-ben-1.py"],
        ["hw_ada_1.py", "hw_ada_2.py", "hw_ben_1.py"],
    ],
)
def test_loose_files_that_may_be_several_of_one_student_are_refused(tmp_path: Path, names: list[str]) -> None:
    fill(tmp_path, dict.fromkeys(names, PROGRAM))
    with pytest.raises(
        ClassError, match=r"Nothing was graded\. Put what each student handed in into a folder of its own"
    ):
        read(tmp_path)


def test_the_refusal_ends_the_command_before_anything_is_written(tmp_path: Path) -> None:
    source = fill(tmp_path / "class", {"ada_main.py": PROGRAM, "ada_test_main.py": TESTS})
    ended = CliRunner().invoke(cli, ["class", str(source), "--out", str(tmp_path / "out")])
    assert (ended.exit_code, "--layout" in ended.output) == (2, True)
    assert not (tmp_path / "out" / "results").exists()


def test_files_that_are_surely_a_student_each_are_taken(tmp_path: Path) -> None:
    fill(tmp_path, {"Anna Nowak.py": PROGRAM, "Anna Schmidt.py": OTHER, "cem.zip": b"PK", "dora/test_main.py": TESTS})
    assert taken(tmp_path) == {"Anna Nowak": {"main.py": PROGRAM}, "Anna Schmidt": {"main.py": OTHER}}
    assert "Send main.py, too" in refused(tmp_path)["dora"]


@pytest.mark.parametrize(
    "names",
    [
        ["Anna-Maria 1.py", "Anna-Lena 2.zip", "Bert.py"],
        ["hw_ada.py", "hw_ben.py"],
        ["student-1.py", "student-2.py"],
        ["Nowak, Anna.py", "Nowak, Bert.py"],
    ],
)
def test_names_of_people_that_begin_alike_are_several_people(tmp_path: Path, names: list[str]) -> None:
    assert len(read(fill(tmp_path, dict.fromkeys(names, PROGRAM)))[1]) == len(names)


def test_with_a_layouts_name_the_instructor_decides(tmp_path: Path) -> None:
    fill(tmp_path, {"anna_maria.py": PROGRAM, "anna_lena.py": OTHER})
    assert taken(tmp_path, "plain") == {"anna_maria": {"main.py": PROGRAM}, "anna_lena": {"main.py": OTHER}}


def test_tests_are_no_program_even_where_the_instructor_says_plain(tmp_path: Path) -> None:
    fill(tmp_path, {"ada_test_main.py": TESTS, "test_main.py": TESTS, "ben.py": PROGRAM})
    assert taken(tmp_path, "plain") == {"ben": {"main.py": PROGRAM}}
    assert all("There is no main.py" in told for told in refused(tmp_path, "plain").values())


@pytest.mark.parametrize("name", ["index.html", "scores.csv", "web-endpoint-scores.csv", "grades.csv", "grades.xls"])
def test_index_pages_and_tables_are_nobodys(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {"ada/main.py": PROGRAM, "ben/main.py": OTHER, name: b"x"})
    assert sorted(taken(tmp_path)) == ["ada", "ben"]
    assert refused(tmp_path) == {}
    ended = CliRunner().invoke(cli, ["class", str(tmp_path), "--dry-run"])
    assert f"Left out, nobody's submission: {name} (" in " ".join(ended.output.split())


def test_a_download_of_tables_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassError, match="There is no submission in it"):
        read(fill(tmp_path, {"index.html": b"", "scores.csv": b""}))
