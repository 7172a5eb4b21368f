"""Fill one column of a gradebook that the instructor exported. Students are matched by id, never guessed."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grading.classroom.csv_fields import CsvFile, Field, GradebookError
from grading.exports.holds import Holds
from grading.exports.matching import Notes, Row, Score, best_score, submissions

_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d+)")


@dataclass(frozen=True)
class Column:
    """The column to fill."""

    index: int
    name: str
    """For people."""
    worth: float | None
    """Points; None if the file does not say."""
    most: float = math.inf
    """No cell takes more."""


@dataclass(frozen=True)
class Filled:
    """The file to import, and what the instructor should know, a sentence each."""

    data: bytes
    sentences: list[str]
    marks: list[tuple[str, float]]
    """Who has which mark in the file, in the column's points."""
    column: Column


def number(text: str) -> float | None:
    """Parse a number with a decimal point or comma; None if it is none."""
    text = text.strip()
    if _THOUSANDS.fullmatch(text):
        whole, _, rest = text.rpartition(max(",.", key=text.rfind))
        return float(f"{re.sub('[.,]', '', whole)}.{rest}")
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def fill(
    file: CsvFile, rows: Iterable[Row], scores: Sequence[Score], column: Column, *, scale: bool, holds: Holds
) -> Filled:
    """Fill in the marks, and empty cells for comments beside them.

    A cell changes only if exactly one graded submission is surely its student's, a comment only if there was none.

    scale: whether marks may be multiplied if the column is worth something else; else raises GradebookError then.
    """
    factor = _factor(column, best_score(scores), scale, holds)
    rows, notes = list(rows), Notes(list)
    theirs = submissions(rows, scores, notes)
    comma = any("," in row.cell.text for row in rows) or _writes_commas(file)
    texts: dict[Field, str] = {}
    replaced, given = 0, list[tuple[str, float]]()
    comments: dict[Field, str] = {}
    for row, score, points in _sure(rows, theirs, notes):
        if points * factor > column.most:
            notes[f"the mark is cut to {column.most:g}, the most that it takes"].append(score.who)
        mark, before = round(min(points * factor, column.most), 2), number(row.cell.text)
        given.append((score.who, mark))
        if row.comment is not None:
            comments[row.comment] = _as_html(score.comment, file.encoding)
        if mark != before:
            text = f"{mark:.2f}".rstrip("0").rstrip(".")
            texts[row.cell] = text.replace(".", ",") if comma else text
            replaced += before is not None
    told = [f"{column.name}: marks written: {len(texts)}, of them in place of another mark: {replaced}."]
    told.append(holds.sentence)
    told += [f"Please look, {reason}: {', '.join(names)}." for reason, names in notes.items()]
    if missing := sum(row.cell not in theirs for row in rows):
        told.append(f"Students in it without a submission here: {missing}. Their rows are unchanged.")
    empty = {cell: text for cell, text in comments.items() if not cell.text.strip()}
    if comments:
        told.append(
            f"Comments written: {len(empty)}. Left, because somebody wrote there: {len(comments) - len(empty)}."
        )
    return Filled(file.changed(texts | empty), told, given, column)


def choose_column(
    found: Mapping[int, tuple[str, ...]],
    worth: Callable[[int], float | None],
    wanted: str | None,
    ours: float | None,
    option: str,
) -> int:
    """Return the index of the column to fill. Raises GradebookError unless exactly one fits.

    found: the columns that may be meant, with what each may be called, the title in the file first. worth: returns the
    points of one. wanted: what the instructor calls it; None: the only one, or the only one with our points.
    """
    fits = list(found)
    if wanted is not None:
        fits = [index for index in found if wanted.strip() in found[index]]
    elif len(found) > 1:
        fits = [index for index in found if worth(index) == ours]
    if len(fits) == 1:
        return fits[0]
    what = f"'{wanted}' names {len(fits)} of its columns" if wanted else "It is not clear which column is meant"
    there = ", ".join(f"'{name}'" for name, *_ in found.values()) or "none"
    raise GradebookError(f"{what}. Say {option} with a title or an id; its assignments: {there}.")


def _sure(rows: Iterable[Row], theirs: Mapping[Field, list[Score]], notes: Notes) -> Iterator[tuple[Row, Score, float]]:
    """Yield each row that may change, the submission that counts and its marks; add the others to `notes`."""
    for row in rows:
        submissions = theirs.get(row.cell, [])
        if len(submissions) > 1:
            notes["more than one submission is theirs; none was taken"] += [each.who for each in submissions]
        elif submissions:
            [only] = submissions
            if row.locked or only.score is None:
                notes[row.locked or "not graded, their cell is as it was"].append(only.who)
            else:
                yield row, only, only.score


def _factor(column: Column, ours: float | None, scale: bool, holds: Holds) -> float:
    worth = column.worth
    if worth is None or not ours or worth == ours or (holds.bonus_alone and worth == 0 and not scale):
        return 1.0  # a column for a bonus is often worth nothing: what is in it comes on top
    told = f"{column.name}, is worth {worth:g}, and our marks are out of {ours:g}. Change it there to {ours:g}"
    if worth <= 0:
        raise GradebookError(f"{told}.")
    if not scale:
        raise GradebookError(f"{told}, or say --scale: marks are then multiplied.")
    return worth / ours


def _as_html(text: str, encoding: str) -> str:
    """Return one line of text as HTML whose characters the encoding has."""
    return html.escape(" ".join(text.split()), quote=False).encode(encoding, "xmlcharrefreplace").decode(encoding)


def _writes_commas(file: CsvFile) -> bool:
    """Return whether the file's numbers have a decimal comma."""
    texts = [field.text for row in file.rows[1:] for field in row if number(field.text) is not None]
    return any("," in text for text in texts) and not any("." in text for text in texts)
