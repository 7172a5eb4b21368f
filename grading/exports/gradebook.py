"""Put marks into one column of a gradebook that the instructor exported. Students are matched by id, never guessed."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grading.classroom.csv_fields import CsvFile, Field, GradebookError
from grading.classroom.entry import Mark

IDS = ("canvas_user", "moodle_participant", "student_id", "login", "email")
"""Kinds of ids; the first by which a row is found decides."""
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d+)")


@dataclass(frozen=True)
class Row:
    """One student of the gradebook."""

    cell: Field
    ids: Mapping[str, str]
    locked: str = ""
    """Why the mark must stay as it is; empty if it may change."""


@dataclass(frozen=True)
class Filled:
    """The file to import, and what the instructor should know, a sentence each."""

    data: bytes
    sentences: list[str]


@dataclass(frozen=True)
class Score:
    """What a gradebook needs of a mark; a class of marks, with all their messages, would not fit into memory."""

    who: str
    ids: Mapping[str, str]
    most: float
    score: float | None
    """Marks and bonus, after the late policy if there is one; None if it was not graded."""


def scores_of(marks: Iterable[Mark]) -> list[Score]:
    """Return the scores of a class."""
    scores = []
    for mark in marks:
        result, late = mark.result, mark.lateness
        score = result.score + result.bonus if late is None else late.score
        who = f"{mark.entry.name} ({mark.entry.key})"
        scores.append(Score(who, mark.entry.ids, result.max_score, score if result.graded else None))
    return scores


def best_score(scores: Iterable[Score]) -> float | None:
    """Return the marks that can be had without bonus; None if nothing was graded."""
    return next((score.most for score in scores if score.score is not None), None)


def number(text: str) -> float | None:
    """Return the number that a cell says, with a point or a comma; None if it is none."""
    text = text.strip()
    if _THOUSANDS.fullmatch(text):
        whole, _, rest = text.rpartition(max(",.", key=text.rfind))
        return float(f"{re.sub('[.,]', '', whole)}.{rest}")
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def fill(
    file: CsvFile,
    rows: Iterable[Row],
    scores: Sequence[Score],
    name: str,
    worth: float | None,
    *,
    scale: bool,
    most: float = math.inf,
) -> Filled:
    """Fill in the marks. A cell changes only if exactly one graded submission is surely its student's.

    `name` tells people which column it is; it is `worth` so many points and takes no mark above `most`. Raises
    GradebookError if it is worth something else than our marks, and nobody allowed to `scale` them.
    """
    factor = _factor(worth, best_score(scores), scale, name)
    rows = list(rows)
    found, notes = _matched(rows, scores)
    texts: dict[Field, str] = {}
    comma = any("," in row.cell.text for row in rows) or _writes_commas(file)
    replaced = 0
    for row in rows:
        match found.get(row.cell, []):
            case []:
                continue
            case [one] if row.locked or one.score is None:
                notes[row.locked or "not graded, their cell is as it was"].append(one.who)
            case [Score(who=who, score=float() | int() as score)]:
                if score * factor > most:
                    notes[f"the mark is cut to {most:g}, the most that it takes"].append(who)
                score = min(score * factor, most)
                if number(row.cell.text) != round(score, 2):
                    text = f"{score:.2f}".rstrip("0").rstrip(".")
                    texts[row.cell] = text.replace(".", ",") if comma else text
                    replaced += number(row.cell.text) is not None
            case several:
                notes["more than one submission is theirs; none was taken"] += [one.who for one in several]
    told = [f"{name}: marks written: {len(texts)}, of them in place of another mark: {replaced}."]
    told += [f"Please look, {reason}: {', '.join(names)}." for reason, names in notes.items()]
    if missing := sum(row.cell not in found for row in rows):
        told.append(f"Students in it without a submission here: {missing}. Their rows are unchanged.")
    return Filled(file.changed(texts), told)


def _factor(points: float | None, ours: float | None, scale: bool, name: str) -> float:
    if points is None or not ours or points == ours:
        return 1.0
    told = f"{name}, is worth {points:g}, and our marks are out of {ours:g}. Change it there to {ours:g}"
    if points <= 0:
        raise GradebookError(f"{told}.")
    if not scale:
        raise GradebookError(f"{told}, or say --scale: marks are then multiplied.")
    return points / ours


def _matched(
    rows: Iterable[Row], scores: Iterable[Score]
) -> tuple[Mapping[Field, list[Score]], defaultdict[str, list[str]]]:
    """Return the scores of each cell, and those of no cell or of several: why -> who."""
    index: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for kind, value in row.ids.items():
            if value.strip():
                index[kind, _same(value)].append(row)
    found: defaultdict[Field, list[Score]] = defaultdict(list)
    notes: defaultdict[str, list[str]] = defaultdict(list)
    for one in scores:
        hits = next((hits for kind in IDS if (hits := index.get((kind, _same(one.ids.get(kind, ""))), []))), [])
        if len(hits) == 1:
            found[hits[0].cell].append(one)
        else:
            notes["not one row but several have this id" if hits else "no row has an id of theirs"].append(one.who)
    return found, notes


def _same(value: str) -> str:
    return value.strip().casefold()


def _writes_commas(file: CsvFile) -> bool:
    """Return whether the file's numbers have a decimal comma."""
    texts = [field.text for row in file.rows[1:] for field in row if number(field.text) is not None]
    return any("," in text for text in texts) and not any("." in text for text in texts)
