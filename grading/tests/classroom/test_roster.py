"""The roster joins what was handed in with gradebooks: by ids of one kind, by names only where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading.classroom.entry import ClassError, Entry
from grading.classroom.roster import Joined
from grading.classroom.roster_file import read_roster
from grading.commands import cli
from grading.tests.classroom.class_command import known
from grading.tests.classroom.downloads import OTHER, PROGRAM, fill
from grading.tests.classroom.known_grader import KnownGrader

__all__ = ["known"]  # a fixture

FULL = """Name,E-Mail,Matrikelnummer,GitHub,Canvas ID,Group,Section,Notes
"Example, Ada",ada@example.org,s1,ada-gh,50123,Team Rot,B,likes tea
Ben Example,ben@example.org,s2,ben-gh,50124,Team Rot,B,
Çağla Müller,cem@example.org,s3,caglam,50125,Team Blau,C,
"""


def join(tmp_path: Path, text: str, *entries: Entry) -> Joined:
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    return read_roster(tmp_path / "roster.csv").join(entries)


def entry(name: str, **ids: str) -> Entry:
    return Entry(name.casefold(), name, Path("x"), ids)


@pytest.mark.parametrize(
    "found",
    [
        entry("ada-gh", github_user="ADA-GH"),
        entry("exampleada", canvas_user="50123"),
        entry("x", email="Ada@example.org"),
        entry("Ada Example"),
        entry("EXAMPLE_ADA"),
        entry("exampleada"),
        entry("s1"),
        entry("Ada Example", google_name="Ada Example"),
        entry("Ada Example", brightspace_user="7"),
    ],
)
def test_one_is_found_by_an_id_or_where_there_is_none_of_the_kind_by_name(tmp_path: Path, found: Entry) -> None:
    joined = join(tmp_path, FULL, found)
    [ada] = joined.entries
    assert (ada.key, ada.name, ada.group, ada.section) == (found.key, "Ada Example", "Team Rot", "B")
    assert {"email", "student_id", "github_user", "canvas_user"} <= set(ada.ids)
    assert [person.name for person in joined.absent] == ["Ben Example", "Çağla Müller"]
    by_name = found.name.casefold() != "s1" and not set(found.ids) & {"github_user", "canvas_user", "email"}
    assert joined.told == [
        *[f"Found in the roster, but matched by name only: {found.name}."] * by_name,
        "In the roster, but nothing handed in: 2 (Ben Example, Çağla Müller).",
    ]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (entry("Ada Example", canvas_user="7"), "in no line"),  # a name that somebody chose does not beat an id
        (entry("x", moodle_participant="50123"), "in no line"),  # an id of another kind
        (entry("x", login="s1"), "in no line"),
        (entry("x", email="ada@example.org", student_id="s2"), "in several lines"),
        (entry("tea"), "in no line"),
        (entry("50"), "in no line"),
    ],
)
def test_who_is_not_surely_in_it_gets_nothing_of_anybodys(tmp_path: Path, found: Entry, why: str) -> None:
    joined = join(tmp_path, FULL, found)
    assert joined.entries == [found]
    assert f"Found {why} of the roster, so nothing is added: {found.name}." in joined.told
    assert len(joined.absent) == 3


def test_two_of_the_same_name_are_told_apart_by_nothing(tmp_path: Path) -> None:
    text = "name,student_id\nAda Example,s1\nAda Example,s2\n"
    assert "in several lines" in join(tmp_path, text, entry("Ada Example")).told[0]
    assert join(tmp_path, text, entry("s2")).entries[0].ids == {"student_id": "s2"}


def test_a_teams_submission_becomes_one_of_each_member(tmp_path: Path) -> None:
    joined = join(tmp_path, FULL, entry("teamrot", canvas_user="50124"), entry("Team Blau", moodle_participant="50"))
    assert [(each.name, each.ids["student_id"], each.group) for each in joined.entries] == [
        ("Ada Example", "s1", "Team Rot"),
        ("Ben Example", "s2", "Team Rot"),
        ("Çağla Müller", "s3", "Team Blau"),
    ]
    assert len({each.key for each in joined.entries}) == 3
    assert "moodle_participant" not in joined.entries[2].ids  # that was the group's number
    assert joined.absent == []


def test_a_student_who_takes_a_teams_name_in_canvas_hands_in_for_nobody_else(tmp_path: Path) -> None:
    joined = join(tmp_path, FULL, entry("teamrot", canvas_user="50125"))
    assert [each.ids["student_id"] for each in joined.entries] == ["s3"]


@pytest.mark.parametrize("id", ["50199", "50125"], ids=["not in the roster", "of another team"])
def test_a_canvas_user_outside_of_the_team_does_not_hand_in_for_it(tmp_path: Path, id: str) -> None:
    joined = join(tmp_path, FULL, entry("teamrot", canvas_user=id))
    assert {"Ada Example", "Ben Example"} <= {person.name for person in joined.absent}


def test_a_student_who_takes_a_teams_name_in_google_hands_in_for_nobody_else(tmp_path: Path) -> None:
    joined = join(tmp_path, FULL, entry("Team Rot", google_name="Team Rot"))
    assert len(joined.absent) == 3


SEVEN = """name,email,moodle_participant,group
Ada Example,ada@example.org,201,Team 7
Ben Example,ben@example.org,202,Team 7
Eve Adams,eve@example.org,203,Team 8
"""


@pytest.mark.parametrize(
    ("id", "whose", "others"),
    [
        ("203", "Eve Adams", ()),
        ("203", "Eve Adams", ("201",)),
        ("203", "Eve Adams", ("201", "202")),
        ("204", "nobody in the roster", ("201",)),
    ],
)
def test_a_student_who_takes_a_teams_name_in_moodle_hands_in_for_nobody_else(
    tmp_path: Path, id: str, whose: str, others: tuple[str, ...]
) -> None:
    names = {"201": "Ada Example", "202": "Ben Example"}
    honest = [entry(names[each], moodle_participant=each) for each in others]
    joined = join(tmp_path, SEVEN, *honest, entry("Team 7", moodle_participant=id))
    *theirs, eve = joined.entries
    assert [(each.name, each.problem) for each in theirs] == [(names[each], None) for each in others]
    assert (eve.name, eve.ids) == ("Team 7", {"moodle_participant": id})
    assert f"its id {id} is that of {whose}." in str(eve.problem)
    assert any("called like a team" in told and "Team 7" in told for told in joined.told)
    assert {person.name for person in joined.absent} == {*names.values(), "Eve Adams"} - {
        names[each] for each in others
    }


def test_a_number_of_a_team_that_is_a_students_too_counts_where_all_is_teams(tmp_path: Path) -> None:
    teams = entry("Team 7", moodle_participant="203"), entry("Team 8", moodle_participant="9")
    joined = join(tmp_path, SEVEN, *teams)
    assert [(each.name, each.problem) for each in joined.entries] == [
        ("Ada Example", None),
        ("Ben Example", None),
        ("Eve Adams", None),
    ]


@pytest.mark.parametrize(
    "second",
    [entry("Team 7", moodle_participant="202"), entry("ada example", brightspace_user="7"), entry("Ada Example")],
)
def test_of_two_submissions_of_one_person_none_is_used_silently(tmp_path: Path, second: Entry) -> None:
    first = entry("Ada Example", moodle_participant="201")
    joined = join(tmp_path, SEVEN, first, second)
    adas = [each for each in joined.entries if each.name == "Ada Example"]
    assert len(adas) == 2
    assert all("2 submissions are those of Ada Example" in str(each.problem) for each in adas)
    assert "In the roster once, but with several submissions, so none is graded: Ada Example." in joined.told


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Endpoint (771)
    Points Possible,,,,,100
"Example, Ada",50123,s1,ada,Web 1,
"Student, Test",50999,,abc,Web 1,
"""
MOODLE = """ID;Vollständiger Name;E-Mail-Adresse;Status;Gruppe;Bewertung;Bestwertung
Teilnehmer/in4401;Ada Example;ada@example.org;Abgegeben;Team Rot;;100,00
Teilnehmer/in4402;Ben Example;ben@example.org;Abgegeben;Team Rot;;100,00
"""
CLASSROOM_50 = (
    "username,first_name,last_name,email,section,github_id,role\nada-gh,Ada,Example,'=x@example.org,B,7,student\n"
)


@pytest.mark.parametrize(
    ("text", "found", "ids"),
    [
        (CANVAS, entry("x", canvas_user="50123"), {"canvas_user": "50123", "student_id": "s1", "login": "ada"}),
        (
            MOODLE,
            entry("Ada Example", moodle_participant="4401"),
            {"moodle_participant": "4401", "email": "ada@example.org"},
        ),
        (
            MOODLE,
            entry("Team Rot-Ada Example", moodle_participant="4401"),
            {"moodle_participant": "4401", "email": "ada@example.org"},
        ),
        (CLASSROOM_50, entry("x", github_user="Ada-GH"), {"github_user": "Ada-GH", "email": "=x@example.org"}),
        ("﻿login;first name;last name\nada;Ada;Example\n", entry("x", login="ada"), {"login": "ada"}),
    ],
)
def test_files_of_other_systems_are_rosters(tmp_path: Path, text: str, found: Entry, ids: dict[str, str]) -> None:
    [ada] = join(tmp_path, text, found).entries
    assert (ada.name, dict(ada.ids)) == ("Ada Example", ids)


def test_rows_that_are_nobodys_are_not_missed(tmp_path: Path) -> None:
    assert [person.name for person in join(tmp_path, CANVAS).absent] == ["Ada Example"]


def test_a_moodle_number_beside_another_name_is_not_the_persons(tmp_path: Path) -> None:
    team, eve = entry("Team Rot", moodle_participant="4401"), entry("Eve", moodle_participant="4402")
    joined = join(tmp_path, MOODLE, team, eve)
    assert [(each.name, each.ids["moodle_participant"]) for each in joined.entries] == [
        ("Ada Example", "4401"),
        ("Ben Example", "4402"),
        ("Eve", "4402"),
    ]
    assert "Found in no line of the roster, so nothing is added: Eve." in joined.told


@pytest.mark.parametrize("data", [b"", b"name,email\n", b"a,b\n1,2\n", b"PK\x03\x04\0\0"])
def test_what_is_no_roster_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(ClassError, match=r"The roster roster\.csv"):
        read_roster(tmp_path / "roster.csv")


def run(*arguments: object) -> str:
    ended = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert ended.exit_code == 0, ended.output
    return " ".join(ended.output.split())


def test_marks_of_plain_folders_go_into_canvas_and_moodle(tmp_path: Path, known: list[KnownGrader]) -> None:
    fill(
        tmp_path / "class",
        {"ada-gh/main.py": PROGRAM, "Ben Example/main.py": OTHER, "unknown/main.py": PROGRAM + OTHER},
    )
    (tmp_path / "roster.csv").write_text(FULL, encoding="utf-8")
    out = tmp_path / "out"
    told = run("class", tmp_path / "class", "--out", out, "--roster", tmp_path / "roster.csv")
    assert "In the roster, but nothing handed in: 1 (Çağla Müller)." in told
    summary = json.loads((out / "summary.json").read_bytes())
    assert [(one["name"], one["ids"]["canvas_user"], one["section"]) for one in summary["absent"]] == [
        ("Çağla Müller", "50125", "C")
    ]
    rows = {row["name"]: row for row in summary["marks"]}
    assert rows["Ada Example"]["section"] == "B"
    assert "Ada Example" in (out / "feedback" / f"{rows['Ada Example']['key']}.html").read_text(encoding="utf-8")
    most = summary["max_score"]
    (tmp_path / "canvas.csv").write_text(
        f"Student,ID,SIS User ID,Section,Endpoint (771)\n    Points Possible,,,,{most}\n"
        "Ada,50123,s1,B,\nBen,50124,s2,B,\nEve,50199,s9,B,\n"
    )
    (tmp_path / "moodle.csv").write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade)\n"
        f"Participant 1,Ada Example,ada@example.org,Submitted,,{most},Yes,-\n"
        f"Participant 2,Ben Example,ben@example.org,Submitted,,{most},Yes,-\n"
    )
    told = run("export", out, "--canvas", tmp_path / "canvas.csv", "--moodle", tmp_path / "moodle.csv")
    assert told.count("marks written: 2") == 2
    assert "no row has an id of theirs: unknown" in told
    marks = {name: f"{row['score'] + row['bonus']:g}" for name, row in rows.items()}
    filled = (out / "canvas.csv").read_text().splitlines()
    assert filled[2:] == [
        f"Ada,50123,s1,B,{marks['Ada Example']}",
        f"Ben,50124,s2,B,{marks['Ben Example']}",
        "Eve,50199,s9,B,",
    ]
    assert f"Submitted,{marks['Ben Example']},{most}" in (out / "moodle.csv").read_text()
