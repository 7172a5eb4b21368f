"""The Canvas gradebook: the right cells change, and no other byte."""

from __future__ import annotations

import pytest

from grading.classroom.csv_fields import GradebookError
from grading.exports.canvas import fill_canvas
from grading.tests.marks import mark

# Names need not be ASCII; one has the delimiter, a quote and a line end in it.
MINIMAL = '''Student,ID,SIS User ID,SIS Login ID,Section,Essay (70),Endpoint (71),Current Score
,,,,,,Manual Posting,
    Points Possible,,,,,10,90,(read only)
"Łoś, Zoë",11,S-1,zoe@example.edu,"A and ""B""",9.50,{0},88.10
"O'Neil
Jr, Bob",12,S-2,bob,Ä,,{1},
Excused Eve,13,S-3,eve,B,EX,{2},
"Student, Test",99,,3f2a,B,,{3},
'''
QUOTED = """"Student";"ID";"SIS Login ID";"Section";"Endpoint (71)"
"    Points Possible";"";"";"";"90,00"
"Łoś, Zoë";"11";"zoe";"A";"{0}"
"Bob";"12";"bob";"A";"{1}"
"Eve";"13";"eve";"A";"{2}"
"Test";"99";"3f2a";"A";"{3}"
"""
ZOE = mark("Zoë Łoś", 72.5, {"canvas_user": "11"})
BOB = mark("Bob", 80, {"canvas_user": "12"}, bonus=10)
EVE = mark("Eve", 55, {"canvas_user": "13"})


def gradebook(*cells: str, text: str = MINIMAL) -> bytes:
    return text.format(*cells).encode()


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["no BOM", "BOM"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("last", [True, False], ids=["last line ends", "last line does not end"])
@pytest.mark.parametrize(("text", "point"), [(MINIMAL, "."), (QUOTED, ",")], ids=["minimal quotes", "all quoted"])
def test_only_the_marks_change_and_every_other_byte_stays(
    bom: bytes, end: bytes, last: bool, text: str, point: str
) -> None:
    def file(*cells: str) -> bytes:
        data = bom + gradebook(*cells, text=text).replace(b"\n", end)
        return data if last else data.removesuffix(end)

    filled = fill_canvas(file("", f"3{point}00", "EX", ""), [BOB, EVE, ZOE], "Endpoint")
    assert filled.data == file(f"72{point}5", "90", "EX", "")
    assert fill_canvas(filled.data, [BOB, EVE, ZOE], "Endpoint").data == filled.data


def test_the_instructor_hears_what_was_filled_and_what_was_not() -> None:
    stranger = mark("Ann", 50, {"canvas_user": "404"})
    nameless = mark("Test Student", 50, {"github_user": "test"})
    said = "\n".join(fill_canvas(gradebook("", "3.00", "EX", ""), [ZOE, BOB, EVE, stranger, nameless]).sentences)
    assert "'Endpoint (71)': marks written: 2, of them in place of another mark: 1." in said
    assert "no row has an id of theirs: Ann (ann), Test Student (test-student)." in said
    assert "excused (EX) in the gradebook: Eve (eve)." in said
    assert "without a submission here: 1." in said


def test_a_name_alone_never_matches() -> None:
    data = gradebook("", "", "", "")
    assert fill_canvas(data, [mark("Excused Eve", 50, {}), mark("Bob", 50, {"canvas_user": ""})], "71").data == data


def test_ids_of_the_school_match_where_canvas_ids_are_missing() -> None:
    marks = [mark("a", 1, {"email": "ZOE@example.edu"}), mark("b", 2, {"student_id": "S-2"})]
    assert fill_canvas(gradebook("", "", "", ""), marks, "71").data == gradebook("1", "2", "", "")


def test_a_mark_with_another_students_name_goes_into_no_row() -> None:
    forged = mark("boboneiljr", 90, {"canvas_user": "13"})
    filled = fill_canvas(gradebook("", "", "", ""), [forged, mark("group_7", 50, {"canvas_user": "11"})], "71")
    assert filled.data == gradebook("50", "", "", "")
    assert "the row with their id has another name: boboneiljr" in "\n".join(filled.sentences)


def test_two_submissions_of_one_student_and_two_rows_with_one_id_stay_unfilled() -> None:
    data = gradebook("", "", "", "") + b"Zoe again,11,,,B,,,\n"
    filled = fill_canvas(data, [ZOE, BOB, mark("Bob again", 10, {"canvas_user": "12"})], "71")
    assert filled.data == data
    said = "\n".join(filled.sentences)
    assert "more than one submission is theirs; none was taken: Bob (bob), Bob again (bob-again)." in said
    assert "several have this id: Zoë Łoś" in said


def test_not_graded_is_no_zero() -> None:
    filled = fill_canvas(gradebook("7", "", "", ""), [mark("Zoë", None, {"canvas_user": "11"})], "71")
    assert filled.data == gradebook("7", "", "", "")
    assert "not graded, their cell is as it was: Zoë" in "\n".join(filled.sentences)


def test_the_late_policy_counts() -> None:
    late = mark("Zoë", 80, {"canvas_user": "11"}, after_late_policy=64)
    assert fill_canvas(gradebook("", "", "", ""), [late], "71").data == gradebook("64", "", "", "")


def test_other_points_are_refused_or_scaled() -> None:
    data = gradebook("", "", "", "").replace(b",90,", b",45,")
    with pytest.raises(GradebookError, match=r"worth 45, and our marks are out of 90.*--scale"):
        fill_canvas(data, [ZOE], "71")
    assert b",36.25,88.10" in fill_canvas(data, [ZOE], "71", scale=True).data


@pytest.mark.parametrize("column", ["71", "Endpoint", "Endpoint (71)", None])
def test_the_column_is_named_or_the_only_one_that_fits(column: str | None) -> None:
    assert b",72.5,88.10" in fill_canvas(gradebook("", "", "", ""), [ZOE], column).data


@pytest.mark.parametrize("column", ["Project", "Current Score", "7", None])
def test_an_unclear_column_is_refused_with_the_choice(column: str | None) -> None:
    data = gradebook("", "", "", "").replace(b",10,", b",90,")
    with pytest.raises(GradebookError, match=r"--canvas-column.*'Essay \(70\)', 'Endpoint \(71\)'"):
        fill_canvas(data, [ZOE], column)


@pytest.mark.parametrize("data", [b"", b"\n\n", "Student,ID,Section".encode("utf-16"), b"name,mark\nAda,3\n"])
def test_what_is_no_gradebook_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(GradebookError, match=r"\.$"):
        fill_canvas(data, [ZOE])


def test_quotes_that_are_never_closed_stay_as_they_are() -> None:
    data = gradebook("", "", "", "") + b'"Half a quote,77,,half,B,,,\n'
    filled = fill_canvas(data, [mark("Half", 5, {"login": "half"})], "71")
    assert filled.data == data[: -len(b",\n")] + b"5,\n"


def test_an_old_windows_encoding_keeps_its_bytes() -> None:
    data = gradebook("", "", "", "").replace("Łoś".encode(), b"M\xfcller").replace("ë".encode(), b"\xeb")
    data = data.replace("Ä".encode(), b"\xc4")
    filled = fill_canvas(data, [ZOE], "71")
    assert filled.data == data.replace(b"9.50,,", b"9.50,72.5,")


@pytest.mark.parametrize(("points", "marks"), [("1,000.00", "805.56"), ("1.000,00", "805.56"), ("45", "36.25")])
def test_points_with_separators_are_read(points: str, marks: str) -> None:
    data = gradebook("", "", "", "").replace(b"10,90", f'10,"{points}"'.encode())
    with pytest.raises(GradebookError, match="say --scale"):
        fill_canvas(data, [ZOE], "71")
    expected = gradebook(marks, "", "", "").replace(b"10,90", f'10,"{points}"'.encode())
    assert fill_canvas(data, [ZOE], "71", scale=True).data == expected


@pytest.mark.parametrize("points", ["1,000", "many"])
def test_points_that_can_be_two_things_are_refused(points: str) -> None:
    data = gradebook("", "", "", "").replace(b"10,90", f'10,"{points}"'.encode())
    with pytest.raises(GradebookError, match=f"'{points}' points can't be read"):
        fill_canvas(data, [ZOE], "71", scale=True)


def test_a_column_that_is_worth_nothing_takes_no_marks() -> None:
    with pytest.raises(GradebookError, match=r"worth 0, .* Change it there to 90\.$"):
        fill_canvas(gradebook("", "", "", "").replace(b"10,90", b"10,0"), [ZOE], "71", scale=True)


def test_a_row_that_ends_early_is_named() -> None:
    said = fill_canvas(gradebook("", "", "", "") + b"Short Sue,14,S-4\n", [ZOE], "71").sentences
    assert "Rows that end before the column, unchanged: Short Sue." in said
