"""An instructor's week: a class with roster, lateness, extensions and decisions goes into every gradebook."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from grading.tests.classroom.class_command import a_class, grade_class, known, started, wait_for_results, written
from grading.tests.classroom.known_grader import KnownGrader
from grading.tests.exports.test_class_exports import export

__all__ = ["known"]  # a fixture

SIZE = 60
PEOPLE = range(SIZE)
BOOKS = {
    "canvas": (
        ["Student,ID,SIS User ID,SIS Login ID,Section,Kit (71)", "    Points Possible,,,,,90"],
        '"Last{0}, First{0}",{1},S-{0},login{0},A,{2}',
    ),
    "moodle": (
        ["Identifier,Full name,Email address,Grade,Maximum grade,Grade can be changed,Last modified (grade)"],
        "Participant {3},First{0} Last{0},mail{0}@x.edu,{2},90.00,Yes,-",
    ),
    "brightspace": (
        ["OrgDefinedId,Username,Last Name,First Name,Kit Points Grade <Numeric MaxPoints:90>,End-of-Line Indicator"],
        "#S-{0},#login{0},Last{0},First{0},{2},#",
    ),
    "blackboard": (
        ["Last Name,First Name,Username,Student ID,Kit [Total Pts: 90 Score] |73"],
        "Last{0},First{0},login{0},S-{0},{2}",
    ),
}


def book(lms: str, marks: dict[int, str]) -> str:
    """Return a gradebook, its rows in another order than the download's."""
    titles, row = BOOKS[lms]
    rows = [row.format(one, 1000 + one, marks.get(one, ""), 500 + one) for one in reversed(PEOPLE)]
    return "\n".join([*titles, *rows]) + "\n"


def a_week(place: Path) -> list[str]:
    """Make the class and its lists; return the options."""
    a_class(place / "class", {f"user{one:02}": b"app = %d\n" % one for one in PEOPLE if one != 59})
    (place / "class" / "user07" / "main.py").write_bytes(b"def f(:")
    roster = ["name,student_id,login,email,canvas_user,moodle_participant,github_user"]
    roster += [
        f"First{one} Last{one},S-{one},login{one},mail{one}@x.edu,{1000 + one},{500 + one},user{one:02}"
        for one in PEOPLE
    ]
    (place / "roster.csv").write_text("\n".join(roster) + "\n")
    (place / "times.csv").write_text("".join(f"S-{one},2026-11-21T12:00+01:00\n" for one in range(10)))
    (place / "more.csv").write_text("student,due\nS-3,2026-11-22T12:00+01:00\n")
    lists = ["--roster", "roster.csv", "--times", "times.csv", "--extensions", "more.csv"]
    return [*lists, "--due", "2026-11-20T23:59+01:00", "--late-percent", "10"]


def decide(out: Path) -> None:
    (out / "decisions.csv").write_text(
        "student,step,marks,change,comment,who,when\n"
        "S-7,,41,,By hand,Ada,\nS-8,,,3,Explained,Ada,\nS-9,1,0,,Copied,Ada,\n"
    )


def test_a_killed_and_resumed_class_is_the_same_with_all_its_lists(tmp_path: Path) -> None:
    options = a_week(tmp_path)
    for out in ("killed", "whole"):
        (tmp_path / out).mkdir()
        decide(tmp_path / out)
    with started(tmp_path, "class", "--out", "killed", *options) as process:
        wait_for_results(tmp_path / "killed", 20, process)
        process.kill()
        process.wait(60)
    assert not (tmp_path / "killed" / "summary.json").exists()
    # The options are remembered by then; the other class is told them again.
    for out, line in (("killed", []), ("whole", options)):
        with started(tmp_path, "class", "--out", out, *line) as process:
            told = process.communicate(timeout=120)[0]
            assert process.returncode == 0, told
    assert written(tmp_path / "killed") == written(tmp_path / "whole")


def test_every_gradebook_gets_its_students_marks_and_nothing_else(tmp_path: Path, known: list[KnownGrader]) -> None:
    options, out = a_week(tmp_path), tmp_path / "out"
    out.mkdir()
    decide(out)
    told = grade_class(
        tmp_path / "class", "--out", out, *[tmp_path / word if word.endswith(".csv") else word for word in options]
    )
    assert "nothing handed in: 1 (First59 Last59)" in told
    rows = {
        int(row["ids"]["student_id"].removeprefix("S-")): row
        for row in json.loads((out / "summary.json").read_bytes())["marks"]
    }
    for one, row in rows.items():
        late = 0.9 if one < 10 and one != 3 else 1
        raw = None if one == 7 else row["score"] + row["bonus"]
        right = 41 if raw is None else raw * late + {8: 3, 9: -row["steps"]["1"]}.get(one, 0)
        assert row["counts"] == pytest.approx(max(0, right)), one
    marks = {one: f"{round(row['counts'], 2):g}" for one, row in rows.items()}
    for lms in BOOKS:
        (tmp_path / f"{lms}.csv").write_text(book(lms, {}))
        ended = export(out, f"--{lms}", str(tmp_path / f"{lms}.csv"))
        assert ended.exit_code == 0, ended.output
        assert (out / f"{lms}.csv").read_text() == book(lms, marks), lms
        assert "What a mark holds:" in ended.output
    assert export(out, "--feedback", "moodle", "--feedback", "mail").exit_code == 0
    with zipfile.ZipFile(out / "feedback-moodle.zip") as archive:
        for one in rows:
            page = archive.read(f"First{one} Last{one}_{500 + one}_assignsubmission_file_/feedback.html").decode()
            assert f"Feedback for First{one} Last{one}<" in page
        assert len(archive.namelist()) == len(rows)
    table = csv.DictReader(io.StringIO((out / "feedback-mail.csv").read_text(encoding="utf-8-sig")))
    assert {row["email"] for row in table} == {f"mail{one}@x.edu" for one in rows}


def test_brightspaces_own_gradebook_is_the_roster_of_its_download(tmp_path: Path, known: list[KnownGrader]) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    for one in PEOPLE:
        name = f"{9000 + one}-77 - First{one} Last{one} - Nov 20, 2026 1158 PM"
        (folder / name).mkdir()
        (folder / name / "main.py").write_bytes(b"app = %d\n" % one)
    grades = tmp_path / "grades.csv"
    grades.write_text(book("brightspace", {}))
    out = tmp_path / "out"
    grade_class(folder, "--out", out, "--roster", grades)
    assert export(out, "--brightspace", str(grades), "--feedback", "brightspace").exit_code == 0
    rows = json.loads((out / "summary.json").read_bytes())["marks"]
    marks = {int(row["ids"]["student_id"].removeprefix("S-")): f"{row['counts']:g}" for row in rows}
    assert (out / "brightspace.csv").read_text() == book("brightspace", marks)
    with zipfile.ZipFile(out / "feedback-brightspace.zip") as archive:
        page = archive.read("9005-77 - First5 Last5 - Nov 20, 2026 1158 PM/feedback.html").decode()
    assert "Feedback for First5 Last5<" in page
