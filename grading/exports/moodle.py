"""Moodle: fill the grade column of an assignment's offline grading worksheet.

As in Moodle's source (mod/assign/gradingtable.php, mod/assign/feedback/offline, read in 2026). The first column is the
Identifier, a word and the student's number in this assignment only; the same number is in the folder names of the
download (`Full name_<number>_assignsubmission_file`). In team assignments, the folders have the group's name and number
instead: so a number counts only beside the right name, and a group's mark is that of all whose Group it is. Then come
identity fields, Status, Group, Grade, Maximum grade (or Scale), perhaps a workflow state, Grade can be changed, and
dates, all in the language of whoever downloads.
The importer needs Identifier, Grade and Last modified (grade). It silently skips marks above the maximum and, unless a
box is ticked, students whose grade changed in Moodle after the date in Last modified (grade).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from grading.classroom.csv_fields import Field, GradebookError, read_csv
from grading.classroom.entry import Mark
from grading.classroom.spelling import flat
from grading.exports.gradebook import Column, Filled, Row, fill, number, scores_of

_IDENTIFIER = re.compile(r"(?P<word>\D*)(?P<number>\d+)")
_IDS = {"email address": "email", "id number": "student_id", "username": "login"}
_FIXED = "their grade can't be changed in Moodle"
_NO = frozenset("no nein non nee não nej nei ne nie ei нет ні".split())


def fill_moodle(data: bytes, marks: Iterable[Mark], column: str | None = None, *, scale: bool = False) -> Filled:
    """Return the worksheet with the marks filled in. Raises GradebookError.

    column: title of the grade column; None: the one called Grade, or the only one that can be it in another language.
    scale: see `fill`.
    """
    file = read_csv(data)
    titles = [field.text.strip() for field in file.rows[0]]
    rows = [row for row in file.rows[1:] if len(row) == len(titles)]
    if not rows or not all(_IDENTIFIER.fullmatch(row[0].text.strip()) for row in rows):
        raise GradebookError(
            "It is no offline grading worksheet: its first column should be the Identifier, such as Participant 12. "
            "Switch the worksheet on in the assignment's settings (Feedback types), and download it there."
        )
    chosen = _column(titles, rows, column)
    most = number(rows[0][chosen + 1].text)
    if most is None:
        raise GradebookError("This assignment is graded by a scale, or has no maximum: set points as its grade type.")
    students, name = [_student(row, titles, chosen) for row in rows], f"Moodle, column '{titles[chosen]}'"
    filled = fill(file, students, scores_of(marks), Column(name, most, most), scale=scale)
    if odd := [row[0].text for row in file.rows[1:] if len(row) != len(titles)]:
        told = "Rows with more or fewer fields than the first one, unchanged"
        filled.sentences.append(f"{told}: {', '.join(odd)}. Does a name hold a comma without quotes?")
    if any(number(row[chosen].text) is not None for row in rows):
        filled.sentences.append(
            "Some students have a grade there already. Moodle passes over those that changed after this file was "
            "downloaded, unless you tick 'Allow updating records that have been modified more recently'."
        )
    return filled


def _column(titles: list[str], rows: list[tuple[Field, ...]], wanted: str | None) -> int:
    """Return the index of the grade column. Raises GradebookError unless exactly one can be it."""
    sought = (wanted or "grade").strip().casefold()
    found = [index for index, title in enumerate(titles[:-1]) if title.casefold() == sought]
    if wanted is None:
        found = found[:1] or [index for index in range(1, len(titles) - 1) if _may_hold_grades(rows, index)]
    if len(found) == 1:
        return found[0]
    what = f"'{wanted}' is not one of its columns" if wanted else "It is not clear which column has the grade"
    raise GradebookError(f"{what}. Say --moodle-grade-column with one of: {', '.join(titles[1:])}.")


def _may_hold_grades(rows: list[tuple[Field, ...]], index: int) -> bool:
    """Return whether a column has numbers or nothing, and the one to its right the same maximum in all rows."""
    texts = [row[index].text for row in rows]
    return (
        len({row[index + 1].text for row in rows}) == 1
        and (number(rows[0][index + 1].text) or 0) > 0
        and all(number(text) is not None or text.strip() in ("", "-") for text in texts)
    )


def _student(row: tuple[Field, ...], titles: list[str], column: int) -> Row:
    texts = [field.text.strip() for field in row]
    ids = {_IDS[title.casefold()]: text for title, text in zip(titles, texts, strict=True) if title.casefold() in _IDS}
    # "Grade can be changed" is right of the maximum, or one further with a marking workflow.
    fixed = any(text.casefold() in _NO for text in texts[column + 2 : column + 4])
    number_in_moodle = _IDENTIFIER.sub(r"\g<number>", texts[0])
    # Folders have the full name, which stands in the second column, or if names are hidden, the word of the Identifier.
    names = (texts[1], _IDENTIFIER.sub(r"\g<word>", texts[0]))
    groups = frozenset(flat(text) for text in texts[2:column]) - {""}
    return Row(row[column], {"moodle_participant": number_in_moodle, **ids}, _FIXED if fixed else "", names, groups)
