"""`grade class --dry-run` says who is who, what is taken and what is left out, and does nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading.commands import cli
from grading.judging import grader
from grading.maintain.class_works import zipped
from grading.tests.classroom.downloads import OTHER, PROGRAM, TESTS, fill
from grading.tests.classroom.test_vendors import attempt


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("a grader was started")

    monkeypatch.setattr(grader, "Grader", refuse)


def dry_run(*arguments: object, code: int = 0) -> str:
    ended = CliRunner().invoke(cli, ["class", *map(str, arguments), "--dry-run"])
    assert ended.exit_code == code, ended.output
    return ended.output


def test_it_lists_everybody_and_writes_nothing(tmp_path: Path) -> None:
    source = fill(
        tmp_path / "class",
        {
            **attempt("s1", "2026-11-19-22-10-41", {"main.py": OTHER}),
            **attempt("s1", "2026-11-20-09-00-00", {"main.py": PROGRAM, "test_main.py": TESTS}),
            **attempt("s2", "2026-11-20-23-58-02", {"main.ipynb": b"{}"}),
            "index.html": b"",
        },
    )
    (tmp_path / "roster.csv").write_text("login,name,section\ns1,Ada Example,B\ns2,Ben Example,B\ns3,Cem Example,B\n")
    before = sorted(tmp_path.rglob("*"))
    lines = dry_run(source, "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv").splitlines()
    assert sorted(tmp_path.rglob("*")) == before
    assert "Layout: a download from Blackboard (by its names), 2 submissions." in lines
    assert "1 handed in more than once: the latest counts. --dry-run lists what is left out." in lines
    assert "Left out, nobody's submission: index.html (an index page)." in lines
    assert "In the roster, but nothing handed in: 1 (Cem Example)." in lines
    at = lines.index("Ada Example (student-s1-s1) · login s1 · B")
    assert lines[at + 1 : at + 4] == [
        "    taken: main.py, test_main.py",
        "    handed in: 2026-11-20T09:00:00",
        "    left out: an earlier attempt of 2026-11-19T22:10:41",
    ]
    assert any("NOT TAKEN: This is a notebook." in line or "NOT TAKEN: There is no main.py" in line for line in lines)
    assert lines[-1] == "1 of 2 could be graded. Nothing was run, and nothing was written."


def test_who_is_matched_by_name_only_and_who_is_called_like_a_team_is_said(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("name,moodle_participant,group\nAda,201,Team 7\nEve,203,\nBen,,\n")
    names = {"moodle": ["Ada_201", "Team 7_203"], "plain": ["Ben", "x"]}
    told = {}
    for layout, folders in names.items():
        mark = "_assignsubmission_file_" if layout == "moodle" else ""
        source = fill(tmp_path / layout, {f"{name}{mark}/main.py": PROGRAM for name in folders})
        told[layout] = dry_run(source, "--roster", tmp_path / "roster.csv", "--out", tmp_path / "out")
    assert "matched by name only" not in told["moodle"]
    assert (
        "NOT TAKEN: It is called 'Team 7', like a team of the roster, but its id 203 is that of Eve." in told["moodle"]
    )
    assert "1 of 2 could be graded" in told["moodle"]
    assert "Found in the roster, but matched by name only: Ben." in told["plain"]


def test_it_needs_no_place_for_results(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(zipped({"ada/main.py": PROGRAM, "ben/main.py": OTHER}))
    assert "2 of 2 could be graded" in dry_run(tmp_path / "class.zip")
    assert "There is no" in dry_run(tmp_path / "nowhere", code=2)


def test_without_it_a_place_for_results_is_asked_for(tmp_path: Path) -> None:
    ended = CliRunner().invoke(cli, ["class", str(fill(tmp_path, {"a/main.py": PROGRAM}))])
    assert (ended.exit_code, "--out DIR" in ended.output) == (2, True)


def test_control_characters_of_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    fill(tmp_path / "class", {"a\x1b[2Jb/main.py": PROGRAM, "ben/\x1bx.py": PROGRAM})
    assert "\x1b" not in dry_run(tmp_path / "class")
