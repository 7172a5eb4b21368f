"""Blackboard's gradebook: the user name finds the row, the number in the title the column, and nothing else changes."""

from __future__ import annotations

import pytest

from grading.classroom.csv_fields import GradebookError
from grading.exports.blackboard import fill_blackboard
from grading.tests.marks import mark

BOOK = (
    '"Last Name","First Name","Username","Student ID","Last Access","Availability",'
    '"Weighted Total [Total Pts: up to 0 Percentage] |71","Essay [Total Pts: 10 Score] |72",'
    '"Endpoint [Total Pts: 90 Score] |73"\n'
    '"Łoś","Zoë","zoe@example.edu","S-1","2026-11-20","Yes","","7","{0}"\n'
    '"O\'Neil","Bob","bob","S-2","","Yes","","8","{1}"\n'
)
ZOE = mark("Zoë Łoś", 72.5, {"login": "zoe@example.edu"})
BOB = mark("bob", 80, {"login": "bob"})


def book(*cells: str) -> bytes:
    return b"\xef\xbb\xbf" + BOOK.format(*cells).encode()


def test_only_the_marks_change() -> None:
    assert fill_blackboard(book("", "Needs Grading"), [BOB, ZOE]).data == book("72.5", "80")
    for column in ("Endpoint", "73", "Endpoint [Total Pts: 90 Score] |73"):
        assert fill_blackboard(book("", ""), [ZOE], column).data == book("72.5", "")


def test_an_exempt_student_stays_exempt() -> None:
    filled = fill_blackboard(book("Exempt", ""), [ZOE])
    assert filled.data == book("Exempt", "")
    assert "exempt in the gradebook: Zoë Łoś" in "\n".join(filled.sentences)


def test_no_mark_goes_to_a_row_of_another_name() -> None:
    stolen = mark("Bob O'Neil", 90, {"login": "zoe@example.edu"})
    assert fill_blackboard(book("", ""), [stolen]).data == book("", "")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (book("", "").replace(b"Username", b"User"), "no gradebook of Blackboard"),
        (book("", "").replace(b"bob", b"b\0b"), "no CSV file in UTF-8"),
        (book("", "").replace(b"90 Score", b"80 Score"), "--blackboard-column"),
    ],
)
def test_other_files_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(GradebookError, match=why):
        fill_blackboard(data, [ZOE])
