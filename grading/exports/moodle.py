"""Moodle: fill the grade column of an assignment's offline grading worksheet.

As in Moodle's source (mod/assign/gradingtable.php, mod/assign/feedback/offline, read in 2026). The first column is the
Identifier, a word and the student's number in this assignment only; the same number is in the folder names of the
download (`Full name_<number>_assignsubmission_file`). In team assignments, the folders have the group's name and number
instead: so a number counts only beside the right name, and a group's mark is that of all whose Group it is. Then come
identity fields, Status, Group, Grade, Maximum grade (or Scale), perhaps a workflow state, Grade can be changed, and
dates, all in the language of whoever downloads.
The importer needs Identifier, Grade and Last modified (grade). Behind them stands what feedback plugins export: of
Moodle's own that is Feedback comments, which the importer takes as HTML, in place of what was there. It silently skips
marks above the maximum and, unless a box is ticked, students whose grade changed in Moodle after the date in Last
modified (grade).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from grading.classroom.csv_fields import Field, GradebookError, read_csv
from grading.classroom.entry import Mark
from grading.classroom.spelling import flat
from grading.exports.gradebook import Column, Filled, fill, number
from grading.exports.holds import DEFAULT, Holds
from grading.exports.matching import Row, scores_of

_IDENTIFIER = re.compile(r"(?P<word>\D*)(?P<number>\d+)")
_IDS = {"email address": "email", "id number": "student_id", "username": "login"}
_YES = frozenset("yes ja oui sí si sim sì tak ano áno da да так igen kyllä".split())
_MARKER = re.compile(r"Marker \d+", re.IGNORECASE)
_COMMENTS = "feedback comments"
_FIXED = "their grade can't be changed in Moodle"
_NO = frozenset("no nein non nee não nej nei ne nie ei нет ні".split())


def fill_moodle(
    data: bytes,
    marks: Iterable[Mark],
    column: str | None = None,
    *,
    scale: bool = False,
    holds: Holds = DEFAULT,
) -> Filled:
    """Return the worksheet with the marks filled in, and comments where nobody wrote one. Raises GradebookError.

    column: title of the grade column; None: the one called Grade, or the only one that can be it in another language.
    scale: see `fill`. holds: what a mark is.
    """
    file = read_csv(data)
    titles = [field.text.strip() for field in file.rows[0]]
    rows = [row for row in file.rows[1:] if len(row) == len(titles)]
    if not rows or not all(_IDENTIFIER.fullmatch(row[0].text.strip()) for row in rows):
        raise GradebookError(
            "It is no offline grading worksheet: its first column should be the Identifier, such as Participant 12. "
            "Switch the worksheet on in the assignment's settings (Feedback types), and download it there. With a "
            "rubric or a marking guide, Moodle has no worksheet: set the grading method to simple direct grading."
        )
    chosen = _column(titles, rows, column)
    most = number(rows[0][chosen + 1].text)
    if most is None:
        raise GradebookError("This assignment is graded by a scale, or has no maximum: set points as its grade type.")
    comments = _comments(titles, rows, chosen)
    students = [_student(row, titles, chosen, comments) for row in rows]
    about = Column(chosen, f"Moodle, column '{titles[chosen]}'", most, most)
    filled = fill(file, students, scores_of(marks, holds), about, scale=scale, holds=holds)
    filled.sentences.extend(_losses(titles, rows, chosen, filled))
    if odd := [row[0].text for row in file.rows[1:] if len(row) != len(titles)]:
        told = "Rows with more or fewer fields than the first one, unchanged"
        filled.sentences.append(f"{told}: {', '.join(odd)}. Does a name hold a comma without quotes?")
    if any(number(row[chosen].text) is not None for row in rows):
        filled.sentences.append(
            "Some students have a grade there already. Moodle passes over those that changed after this file was "
            "downloaded, unless you tick 'Allow updating records that have been modified more recently'."
        )
    return filled


def _losses(titles: list[str], rows: list[tuple[Field, ...]], chosen: int, filled: Filled) -> Iterator[str]:
    """Yield what this file's importer is known to lose, a sentence each."""
    if zero := [who for who, mark in filled.marks if not mark]:
        yield f"Moodle's newest importer passes over a mark of 0, so look there, and enter it: {', '.join(zero)}."
    if any(_MARKER.fullmatch(title) for title in titles):
        yield "This assignment has several markers: look in Moodle whether the grade or the markers' own marks count."
    if "grade" not in {title.casefold() for title in titles}:
        yield (
            "The worksheet is not in English: import it in the same language. Moodle can't read its dates, and "
            "passes over everybody who had a grade, unless you tick 'Allow updating records that have been modified "
            "more recently'."
        )
    values = [
        Counter(row[index].text.strip() for row in rows) for index in range(chosen + 2, min(chosen + 4, len(titles)))
    ]
    if values and not any({text.casefold() for text in each} & (_YES | _NO) for each in values) and len(values[0]) == 2:
        rare = min(values[0], key=lambda text: values[0][text])
        names = ", ".join(row[1].text for row in rows if row[chosen + 2].text.strip() == rare)
        yield f"'{rare}' in '{titles[chosen + 2]}' may mean that the grade can't be changed. Theirs is so: {names}."


def _column(titles: list[str], rows: list[tuple[Field, ...]], wanted: str | None) -> int:
    """Return the index of the grade column. Raises GradebookError unless exactly one can be it."""
    sought = (wanted or "grade").strip().casefold()
    found = [index for index, title in enumerate(titles[:-1]) if title.casefold() == sought]
    if wanted is None:
        found = found[:1] or [
            index
            for index in range(1, len(titles) - 1)
            if _may_hold_grades(rows, index) and not _MARKER.fullmatch(titles[index])
        ]
    if len(found) == 1:
        return found[0]
    what = f"'{wanted}' is not one of its columns" if wanted else "It is not clear which column has the grade"
    raise GradebookError(f"{what}. Say --moodle-grade-column with one of: {', '.join(titles[1:])}.")


def _comments(titles: list[str], rows: list[tuple[Field, ...]], grade: int) -> int | None:
    """Return the index of the column Feedback comments; None if there is none.

    In other languages it is the last one: it has empty cells, and left of it is a date in all rows, or `-` for none.
    """
    plain = [title.casefold() for title in titles]
    if _COMMENTS in plain:
        return plain.index(_COMMENTS)
    last = len(titles) - 1
    if "grade" in plain or last < grade + 3 or all(row[last].text.strip() for row in rows):
        return None
    return last if all(row[last - 1].text.strip() for row in rows) else None


def _may_hold_grades(rows: list[tuple[Field, ...]], index: int) -> bool:
    """Return whether a column has numbers or nothing, and the one to its right the same maximum in all rows."""
    texts = [row[index].text for row in rows]
    return (
        len({row[index + 1].text for row in rows}) == 1
        and (number(rows[0][index + 1].text) or 0) > 0
        and all(number(text) is not None or text.strip() in ("", "-") for text in texts)
    )


def _student(row: tuple[Field, ...], titles: list[str], column: int, comments: int | None) -> Row:
    texts = [field.text.strip() for field in row]
    ids = {_IDS[title.casefold()]: text for title, text in zip(titles, texts, strict=True) if title.casefold() in _IDS}
    # "Grade can be changed" is right of the maximum, or one further with a marking workflow.
    fixed = any(text.casefold() in _NO for text in texts[column + 2 : column + 4])
    number_in_moodle = _IDENTIFIER.sub(r"\g<number>", texts[0])
    # Folders have the full name, which stands in the second column, or if names are hidden, the word of the Identifier.
    names = (texts[1], _IDENTIFIER.sub(r"\g<word>", texts[0]))
    groups = frozenset(flat(text) for text in texts[2:column]) - {""}
    ids = {"moodle_participant": number_in_moodle, **ids}
    comment = None if comments is None else row[comments]
    return Row(row[column], ids, _FIXED if fixed else "", names, groups, comment)
