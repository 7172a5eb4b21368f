"""`--bonus separate` with a column of its own for the bonus: each column has what its sentence says."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.classroom.csv_fields import GradebookError
from grading.exports.class_exports import fill_gradebook
from grading.exports.holds import Holds
from grading.tests.exports.test_class_exports import export, graded
from grading.tests.exports.test_moodle import sheet
from grading.tests.marks import mark

__all__ = ["graded"]  # a fixture
IDS = {"canvas_user": "11", "moodle_participant": "41", "login": "zoe", "student_id": "S-1"}
ZOE = mark("Zo\u00eb \u0141o\u015b", 80, IDS, bonus=10, after_late_policy=45)
BOB = mark("Bob Roe", 70, {"canvas_user": "12", "login": "bob", "student_id": "S-2"})
SEPARATE = Holds("separate")
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Kit (71),Kit bonus (72)\n"
    "    Points Possible,,,,,90,{4}\n"
    '"\u0141o\u015b, Zo\u00eb",11,S-1,zoe,A,{0},{1}\n"Roe, Bob",12,S-2,bob,A,{2},{3}\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Kit Points Grade <Numeric MaxPoints:90>,"
    "Kit bonus Points Grade <Numeric MaxPoints:{4} Category:Bonus>,End-of-Line Indicator\n"
    "#S-1,#zoe,\u0141o\u015b,Zo\u00eb,{0},{1},#\n#S-2,#bob,Roe,Bob,{2},{3},#\n"
)
BLACKBOARD = (
    "Last Name\tFirst Name\tUsername\tStudent ID\tKit [Total Pts: 90 Score] |73\tKit bonus [Total Pts: {4} Score] |74\n"
    "\u0141o\u015b\tZo\u00eb\tzoe\tS-1\t{0}\t{1}\nRoe\tBob\tbob\tS-2\t{2}\t{3}\n"
)
BOOKS = {"canvas": CANVAS, "brightspace": BRIGHTSPACE, "blackboard": BLACKBOARD}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def filled(
    lms: str, data: bytes, out: Path, column: str | None, *, scale: bool = False, marks: str | None = None
) -> str:
    book = out.parent / "book.csv"
    book.write_bytes(data)
    return "\n".join(fill_gradebook(lms, book, marks, [ZOE, BOB], out, scale, SEPARATE, column))


@pytest.mark.parametrize("lms", BOOKS)
@pytest.mark.parametrize("worth", ["10", "0"])
def test_marks_and_bonus_go_into_their_own_columns(lms: str, worth: str, out: Path) -> None:
    told = filled(lms, BOOKS[lms].format("", "", "", "", worth).encode(), out, "Kit bonus")
    assert (out / f"{lms}.csv").read_text() == BOOKS[lms].format("40", "5", "70", "0", worth)
    assert "What a mark holds: the bonus is left out; what the late policy" in told
    assert "What a mark holds: the bonus alone; what the late policy" in told
    assert "in no column" not in told
    assert len(told.splitlines()) == len(set(told.splitlines()))


@pytest.mark.parametrize("lms", BOOKS)
def test_without_such_a_column_the_export_says_where_the_bonus_is(lms: str, out: Path) -> None:
    told = filled(lms, BOOKS[lms].format("", "", "", "", "10").encode(), out, None)
    assert (out / f"{lms}.csv").read_text() == BOOKS[lms].format("40", "", "70", "", "10")
    assert "The bonus is in no column of this file: marks.csv has what the tests gave" in told


@pytest.mark.parametrize("lms", BOOKS)
def test_the_marks_column_is_not_the_bonus_column(lms: str, out: Path) -> None:
    with pytest.raises(GradebookError, match="name another one with --bonus-column"):
        filled(lms, BOOKS[lms].format("", "", "", "", "10").encode(), out, "Kit")
    assert not list(out.iterdir())


def test_a_bonus_is_scaled_like_marks_where_its_column_says_how(out: Path) -> None:
    data = CANVAS.format("", "", "", "", "5").replace(",90,", ",45,").encode()
    told = filled("canvas", data, out, "72", scale=True, marks="71")
    assert (out / "canvas.csv").read_text() == CANVAS.format("20", "2.5", "35", "0", "5").replace(",90,", ",45,"), told
    with pytest.raises(GradebookError, match=r"worth 0, and our marks are out of 10. Change it there to 10\."):
        filled("canvas", data.replace(b",45,5", b",45,0"), out, "72", scale=True, marks="71")


def test_an_unknown_bonus_column_is_asked_for(out: Path) -> None:
    with pytest.raises(GradebookError, match=r"'Extra' names 0 of its columns. Say --bonus-column with a title"):
        filled("canvas", CANVAS.format("", "", "", "", "10").encode(), out, "Extra")


def test_moodles_worksheet_has_no_second_column_and_says_so(out: Path) -> None:
    book = out.parent / "sheet.csv"
    book.write_bytes(sheet("", "", ""))
    told = "\n".join(fill_gradebook("moodle", book, None, [ZOE], out, False, SEPARATE, "Kit bonus"))
    assert "Moodle's worksheet has one column for marks, so the bonus is not in it: marks.csv has" in told
    assert b",40,90.00," in (out / "moodle.csv").read_bytes()


def test_a_bonus_column_without_separate_is_a_slip(graded: Path) -> None:
    ended = export(graded, "--canvas", "x.csv", "--bonus-column", "Kit bonus")
    assert ended.exit_code == 2
    assert "say --bonus separate, too" in ended.output
