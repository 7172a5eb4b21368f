"""Moodle's offline grading worksheet: the right grades change, and no other byte."""

from __future__ import annotations

import pytest

from grading.classroom.csv_fields import GradebookError
from grading.exports.moodle import fill_moodle
from grading.tests.marks import mark

ENGLISH = """Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",\
"Last modified (submission)","Online text","Last modified (grade)","Feedback comments"
"Participant 41","Łoś, Zoë",zoe@example.edu,"Submitted for grading",{0},90.00,Yes,"Monday, 2 March 2026, 9:00 AM",\
"two
lines",-,"Well begun"
"Participant 42",Bob,bob@example.edu,"Submitted for grading - Graded",{1},90.00,Yes,-,,\
"Tuesday, 3 March 2026, 9:00 AM","<p>""Good""</p>"
"Participant 43",Eve,eve@example.edu,"No submission",{2},90.00,No,-,,-,
"""
GERMAN = """ID,"Vollständiger Name",Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",Geändert
Teilnehmer/in41,"Łoś, Zoë",Abgegeben,{0},"90,00",Ja,-
Teilnehmer/in42,Bob,Abgegeben,{1},"90,00",Ja,-
Teilnehmer/in43,Eve,Abgegeben,{2},"90,00",Nein,-
"""
ZOE = mark("Zoë Łoś", 72.5, {"moodle_participant": "41"})
BOB = mark("Bob", 80, {"moodle_participant": "42"})
EVE = mark("Eve", 55, {"moodle_participant": "43"})


def sheet(*grades: str, text: str = ENGLISH) -> bytes:
    return text.format(*grades).encode()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["no BOM", "BOM"])
def test_only_the_grades_change_and_every_other_byte_stays(end: bytes, bom: bytes) -> None:
    before = bom + sheet("", "60.00", "").replace(b"\n", end)
    filled = fill_moodle(before, [EVE, BOB, ZOE])
    assert filled.data == bom + sheet("72.5", "80", "").replace(b"\n", end)
    assert fill_moodle(filled.data, [EVE, BOB, ZOE]).data == filled.data


def test_another_language_is_found_by_the_place_of_its_columns() -> None:
    filled = fill_moodle(sheet("", "-", "", text=GERMAN), [ZOE, BOB, EVE])
    assert filled.data == sheet('"72,5"', "80", "", text=GERMAN)
    assert "can't be changed in Moodle: Eve (eve)" in "\n".join(filled.sentences)


def test_an_unclear_column_is_asked_for() -> None:
    twice = GERMAN.replace("Status", "Punkte").replace("Abgegeben", "3").replace("{", "4{")
    data = sheet("", "", "", text=twice)  # "Punkte" is left of a column with the same number in all rows, too
    with pytest.raises(
        GradebookError, match=r"--moodle-grade-column with one of: Vollständiger Name, Punkte, Bewertung"
    ):
        fill_moodle(data, [ZOE])
    assert fill_moodle(data, [ZOE], "bewertung").data == data.replace(b',4,"90', b',"72,5","90', 1)


def test_grades_that_are_there_bring_moodles_rule_about_dates() -> None:
    assert "Allow updating records" in "\n".join(fill_moodle(sheet("", "60.00", ""), [ZOE]).sentences)
    assert "Allow updating records" not in "\n".join(fill_moodle(sheet("", "", ""), [ZOE]).sentences)


def test_more_than_the_maximum_is_cut_because_moodle_would_pass_over_it() -> None:
    filled = fill_moodle(sheet("", "", ""), [mark("Zoë Łoś", 88, {"moodle_participant": "41"}, bonus=10)])
    assert filled.data == sheet("90", "", "")
    assert "cut to 90" in "\n".join(filled.sentences)


def test_another_maximum_is_refused_or_scaled() -> None:
    data = sheet("", "", "").replace(b"90.00", b"100.00")
    with pytest.raises(GradebookError, match=r"worth 100, and our marks are out of 90.*--scale"):
        fill_moodle(data, [ZOE])
    assert b",80.56,100.00" in fill_moodle(data, [ZOE], scale=True).data


def test_email_addresses_match_submissions_of_another_system() -> None:
    assert fill_moodle(sheet("", "", ""), [mark("B", 7, {"email": "Bob@example.edu"})]).data == sheet("", "7", "")


@pytest.mark.parametrize(
    "data",
    [b"Student,ID\nAda,3\n", b"Identifier,Grade,Maximum grade\n", sheet("", "", "").replace(b"90.00", b"Pass or fail")],
    ids=["another file", "no students", "scale"],
)
def test_what_cannot_be_filled_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(GradebookError, match=r"\.$"):
        fill_moodle(data, [ZOE])


def test_a_row_with_a_comma_too_many_is_named() -> None:
    data = sheet("", "", "").replace(b'"\xc5\x81o\xc5\x9b, Zo\xc3\xab"', "Łoś, Zoë".encode())
    filled = fill_moodle(data, [ZOE, BOB])
    assert filled.data == data.replace(b'Graded",,', b'Graded",80,')
    assert any("unchanged: Participant 41. Does a name hold a comma" in sentence for sentence in filled.sentences)
