"""Brightspace's grades: by D2L's rules the ids, `Points Grade` and the end of the line stay as they are."""

from __future__ import annotations

import pytest

from grading.classroom.csv_fields import GradebookError
from grading.exports.brightspace import fill_brightspace
from grading.tests.marks import mark

GRADES = (
    "OrgDefinedId,Username,Last Name,First Name,Essay Points Grade <Numeric MaxPoints:10 Weight:5>,"
    "Endpoint Points Grade <Numeric MaxPoints:90 Weight:10>,Endpoint Text Grade,End-of-Line Indicator\r\n"
    "#S-1,#zoe,Łoś,Zoë,7,{0},,#\r\n"
    "#S-2,#bob,O'Neil,Bob,8,{1},,#\r\n"
)
ZOE = mark("Zoë Łoś", 72.5, {"student_id": "S-1"})
BOB = mark("Bob O'Neil", 80, {"login": "bob"})


def grades(*cells: str, text: str = GRADES) -> bytes:
    return b"\xef\xbb\xbf" + text.format(*cells).encode()


def test_only_the_marks_change() -> None:
    filled = fill_brightspace(grades("", "60"), [BOB, ZOE])
    assert filled.data == grades("72.5", "80")
    assert "item 'Endpoint': marks written: 2, of them in place of another mark: 1." in filled.sentences[0]
    assert fill_brightspace(grades("", ""), [ZOE], "Essay", scale=True).data != grades("72.5", "")


def test_a_mark_above_the_maximum_is_told_because_brightspace_cuts_it() -> None:
    best = mark("Zoë Łoś", 90, {"student_id": "S-1"}, bonus=10)
    filled = fill_brightspace(grades("", ""), [best])
    assert filled.data == grades("100", "")
    assert "cuts marks above 90 unless the item 'can exceed': Zoë Łoś" in "\n".join(filled.sentences)


def test_no_mark_goes_to_a_row_whose_name_or_ids_are_anothers() -> None:
    stolen = mark("Bob O'Neil", 90, {"student_id": "S-1"})
    torn = mark("Max", 90, {"student_id": "S-1", "login": "bob"})
    filled = fill_brightspace(grades("", ""), [stolen, torn])
    assert filled.data == grades("", "")
    said = "\n".join(filled.sentences)
    assert "the row with their id has another name: Bob O'Neil" in said
    assert "their ids are of different rows: Max" in said


def test_what_the_file_does_not_say_is_told() -> None:
    bare = "Username,Endpoint Points Grade\nzoe,{0}\nbob,{1}\n"
    filled = fill_brightspace(grades("", "", text=bare), [BOB])
    assert filled.data == grades("", "80", text=bare)
    said = "\n".join(filled.sentences)
    assert "does not say how many points" in said
    assert "End-of-Line Indicator" in said


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"Name,Grade\nzoe,1\n", "no grade export of Brightspace"),
        (b"Username,Endpoint Text Grade,End-of-Line Indicator\nzoe,,#\n", "It is not clear which column"),
        (grades("", "").replace(b"90", b"80"), "It is not clear which column is meant"),
    ],
)
def test_other_files_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(GradebookError, match=why):
        fill_brightspace(data, [ZOE])
