"""Moodle's "Feedback comments": filled where nobody wrote one, as HTML, beside a mark and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grading.classroom.decision import Decision
from grading.exports.mail_merge import comment
from grading.exports.moodle import fill_moodle
from grading.results.steps import step
from grading.tests.exports import test_moodle
from grading.tests.exports.test_moodle import EVE, GERMAN, ZOE
from grading.tests.marks import a_mark, a_result, mark, message

ENGLISH = test_moodle.ENGLISH.replace('"Well begun"', "")
BOB = mark("Bob", 90, {"moodle_participant": "42"}, bonus=10)
DECIDED = replace(ZOE, decisions=(Decision(None, change=2, comment='x < y & "z"\nstays → so', who="Ada"),))
HTML = 'Everything that was checked works. The total: +2 (Ada): x &lt; y &amp; "z" stays → so'


def sheet(*grades: str, text: str = ENGLISH) -> bytes:
    return test_moodle.sheet(*grades, text=text)


def test_a_comment_goes_where_nobody_wrote_one_and_is_html() -> None:
    filled = fill_moodle(sheet("", "", ""), [DECIDED, BOB, EVE])
    quoted = HTML.replace('"', '""')
    right = sheet("74.5", "90", "").replace(b'",-,\n"Participant 42', f'",-,"{quoted}"\n"Participant 42'.encode())
    assert filled.data == right
    assert "Comments written: 1. Left, because somebody wrote there: 1." in filled.sentences
    again = fill_moodle(filled.data, [DECIDED, BOB, EVE])
    assert again.data == filled.data
    assert "Comments written: 0. Left, because somebody wrote there: 2." in again.sentences


def test_a_mark_that_stands_there_already_gets_its_comment() -> None:
    filled = fill_moodle(sheet("72.5", "", ""), [ZOE])
    assert b"Everything that was checked works." in filled.data


@pytest.mark.parametrize("lost", [EVE, mark("Zo\u00eb \u0141o\u015b", None, {"moodle_participant": "41"})])
def test_who_gets_no_mark_gets_no_comment(lost: object) -> None:
    only_bob = mark("Bob", 90, {"moodle_participant": "42"})  # Eve's grade can't be changed
    assert fill_moodle(sheet("", "", ""), [lost, only_bob]).data == sheet("", "90", "")  # type: ignore[list-item]


def test_a_worksheet_without_that_column_gets_none() -> None:
    data = "\n".join(line.rpartition(",")[0] for line in GERMAN.format("", "", "").splitlines()).encode()
    for plain in (data, sheet("", "", "", text=GERMAN)):  # the latter ends with a date for each student
        filled = fill_moodle(plain, [ZOE])
        assert b"checked" not in filled.data
        assert "Comments" not in "\n".join(filled.sentences)


def test_in_another_language_it_is_the_column_behind_the_dates() -> None:
    lines = GERMAN.splitlines()
    text = "\n".join([lines[0] + ',"Feedback als Kommentar"', *(line + "," for line in lines[1:])]) + "\n"
    filled = fill_moodle(text.format("", "", "").encode(), [DECIDED])
    quoted = HTML.replace('"', '""')
    assert filled.data == text.format('"74,5"', "", "").replace("Ja,-,\n", f'Ja,-,"{quoted}"\n', 1).encode()


def test_what_the_files_encoding_lacks_becomes_a_reference() -> None:
    text = ENGLISH.replace("\u0141o\u015b", "Los").format("", "", "").encode("cp1252")
    filled = fill_moodle(text, [replace(DECIDED, entry=replace(ZOE.entry, name="Zo\u00eb Los"))])
    assert b"stays &#8594; so" in filled.data
    assert "Zo\u00eb".encode("cp1252") in filled.data


def test_a_step_without_marks_is_not_in_a_comment() -> None:
    assert comment(a_mark(a_result({5: message(), 6: message()}))) == (
        f"Not done yet: step 6 (Handle failures), 0 of {step(6).marks} marks."
    )
