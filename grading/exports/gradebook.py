"""Put marks into one column of a gradebook that the instructor exported. Students are matched by id, never guessed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grading.classroom.record import Mark
from grading.exports.csv_fields import CsvFile, Field

IDS = ("canvas_user", "moodle_participant", "student_id", "login", "email")
"""Kinds of ids, the first that the file and the submission have in common decides."""
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


class GradebookError(ValueError):
    """The file can't be filled; the text says why and what to do."""


@dataclass(frozen=True)
class Row:
    """One student of the gradebook."""

    name: str
    cell: Field
    ids: Mapping[str, str]
    locked: str = ""
    """Why the mark must stay as it is; empty if it may change."""


@dataclass(frozen=True)
class Filled:
    """The file to import, and what the instructor should know, a sentence each."""

    data: bytes
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """How our marks become those of a column, whose name is for people."""

    name: str
    factor: float = 1.0
    most: float | None = None
    """The gradebook takes no mark above this."""


def final_score(mark: Mark) -> float:
    """Return marks and bonus, after the late policy if there is one."""
    return mark.result.score + mark.result.bonus if mark.lateness is None else mark.lateness.score


def scale_to(points: float | None, marks: Sequence[Mark], scale: bool, name: str) -> float:
    """Return the factor from our marks to a column worth `points`. Raises GradebookError if nobody allowed to scale."""
    ours = next((mark.result.max_score for mark in marks if mark.result.graded), points) or 0
    if points is None or points == ours or not ours:
        return 1.0
    if not scale or points < 0:
        told = f"{name} is worth {points:g}, and our marks are out of {ours:g}"
        raise GradebookError(f"{told}. Change it there to {ours:g}, or say --scale: marks are then multiplied.")
    return points / ours


def number(text: str) -> float | None:
    """Return the number that a cell says, with a point or a comma; None if it is none."""
    return float(text.strip().replace(",", ".")) if _NUMBER.fullmatch(text.strip()) else None


def fill(file: CsvFile, rows: Iterable[Row], marks: Sequence[Mark], scale: Scale) -> Filled:
    """Fill in the marks. A cell changes only if exactly one graded submission is surely its student's."""
    rows = list(rows)
    index: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for kind, value in row.ids.items():
            if value.strip():
                index[kind, _same(value)].append(row)
    found: dict[Field, list[Mark]] = defaultdict(list)
    notes: dict[str, list[str]] = defaultdict(list)
    for mark in marks:
        hits = next((hits for kind in IDS if (hits := index.get((kind, _same(mark.entry.ids.get(kind, ""))), []))), [])
        if len(hits) == 1:
            found[hits[0].cell].append(mark)
        else:
            notes["not one row but several have this id" if hits else "no row has an id of theirs"].append(_who(mark))
    texts: dict[Field, str] = {}
    comma = any("," in row.cell.text for row in rows) or _writes_commas(file)
    replaced = 0
    for row in rows:
        match found.get(row.cell, []):
            case []:
                continue
            case [mark] if row.locked:
                notes[row.locked].append(_who(mark))
            case [mark] if not mark.result.graded:
                notes["not graded"].append(_who(mark))
            case [mark]:
                score = final_score(mark) * scale.factor
                if scale.most is not None and score > scale.most:
                    score = scale.most
                    notes[f"the mark is cut to {scale.most:g}, the most that it takes"].append(_who(mark))
                if number(row.cell.text) != round(score, 2):
                    text = f"{score:.2f}".rstrip("0").rstrip(".")
                    texts[row.cell] = text.replace(".", ",") if comma else text
                    replaced += number(row.cell.text) is not None
            case several:
                notes["more than one submission is theirs; none was taken"] += [_who(mark) for mark in several]
    told = [f"{scale.name}: {len(texts)} marks are new in it; {replaced} of them replace another mark."]
    told += [f"Please look, {reason}: {', '.join(names)}." for reason, names in notes.items()]
    if missing := sum(row.cell not in found for row in rows):
        told.append(f"{missing} students in it have no submission here; their rows are unchanged.")
    return Filled(file.changed(texts), tuple(told))


def _same(value: str) -> str:
    return value.strip().casefold()


def _who(mark: Mark) -> str:
    return f"{mark.entry.name} ({mark.entry.key})"


def _writes_commas(file: CsvFile) -> bool:
    """Return whether the file's numbers have a decimal comma."""
    texts = [field.text for row in file.rows[1:] for field in row if number(field.text) is not None]
    return any("," in text for text in texts) and not any("." in text for text in texts)
