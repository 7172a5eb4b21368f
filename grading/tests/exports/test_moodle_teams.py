"""Moodle's team assignments: the number in a folder's name is the group's, so no mark goes by it to a student."""

from __future__ import annotations

import pytest

from grading.classroom.entry import Mark
from grading.exports.moodle import fill_moodle
from grading.tests.marks import mark

SHEET = """Identifier,"Full name","Email address",Status,Group,Grade,"Maximum grade","Grade can be changed",\
"Last modified (grade)"
"Participant 31","Bob Roe",bob@example.edu,"Submitted for grading","Team Beta",{0},90.00,Yes,-
"Participant 32","Cem Kaya",cem@example.edu,"Submitted for grading","Team Alpha",{1},90.00,Yes,-
"Participant 33","Dora Lind",dora@example.edu,"Submitted for grading","Team Alpha",{2},90.00,Yes,-
"Participant 34","Eva Ross",eva@example.edu,"Submitted for grading","Default group",{3},90.00,Yes,-
"""
ALPHA = mark("Team Alpha", 40, {"moodle_participant": "31"})
BETA = mark("Team Beta", 80, {"moodle_participant": "32"})
REST = mark("Default group", 20, {"moodle_group": "Default group"})


def sheet(*grades: str) -> bytes:
    return SHEET.format(*grades).encode()


def test_each_member_gets_the_mark_of_their_team_and_nobody_anothers() -> None:
    filled = fill_moodle(sheet("", "", "", ""), [ALPHA, BETA, REST])
    assert filled.data == sheet("80", "40", "40", "20")
    assert "marks written: 4" in filled.sentences[0]


def test_a_number_beside_another_name_gets_no_mark() -> None:
    filled = fill_moodle(sheet("", "", "", ""), [mark("Vera Victim", 90, {"moodle_participant": "31"})])
    assert filled.data == sheet("", "", "", "")
    assert "the row with their id has another name: Vera Victim" in "\n".join(filled.sentences)


@pytest.mark.parametrize(
    "others", [[], [mark("Cem Kaya", 70, {"moodle_participant": "32"})]], ids=["alone", "beside one"]
)
def test_a_student_who_takes_a_teams_name_gets_no_mark_into_its_rows(others: list[Mark]) -> None:
    filled = fill_moodle(sheet("", "", "", ""), [*others, ALPHA])  # 31 is Bob's number, who is in Team Beta
    assert filled.data == sheet("", "70" if others else "", "", "")
    assert "called like a team, with the number of somebody who is not in it" in "\n".join(filled.sentences)


def test_a_folder_with_the_groups_name_before_the_students_is_the_students() -> None:
    ada = mark("Team Beta-Bob Roe", 7, {"moodle_participant": "31"})
    assert fill_moodle(sheet("", "", "", ""), [ada]).data == sheet("7", "", "", "")


def test_where_names_are_hidden_the_identifiers_word_is_the_name() -> None:
    hidden = "\n".join(",".join(line.split(",")[:1] + line.split(",")[3:]) for line in SHEET.splitlines())
    blind = mark("Participant", 7, {"moodle_participant": "33"})
    alpha = mark("Team Alpha", 40, {"moodle_participant": "32"})
    filled = fill_moodle(hidden.format("", "", "", "").encode(), [blind, alpha])
    assert filled.data == hidden.format("", "40", "", "").encode()
    assert "more than one submission is theirs" in "\n".join(filled.sentences)
