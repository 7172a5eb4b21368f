"""Fill one column of a gradebook that the instructor exported. Students are matched by id, never guessed."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grading.classroom.csv_fields import CsvFile, Field, GradebookError
from grading.classroom.entry import Mark
from grading.classroom.spelling import flat, is_moodle_name, spellings
from grading.exports.holds import Holds

IDS = ("canvas_user", "moodle_participant", "student_id", "login", "email")
"""Kinds of ids: all that find a row must find the same one."""
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d+)")


Notes = defaultdict[str, list[str]]
"""What the instructor should look at: why -> who."""


@dataclass(frozen=True)
class Column:
    """The column to fill."""

    name: str
    """For people."""
    worth: float | None
    """Points; None if the file does not say."""
    most: float = math.inf
    """No cell takes more."""


@dataclass(frozen=True)
class Row:
    """One student of the gradebook."""

    cell: Field
    """In the column to fill."""
    ids: Mapping[str, str]
    locked: str = ""
    """Why the cell must stay as it is; empty if it may change."""
    names: tuple[str, ...] = ()
    """The student's names. A submission found by Moodle's number must have one of them, as the number may be a group's;
    one found by another id must not have another student's, whose file somebody may have wanted to replace."""
    groups: frozenset[str] = frozenset()
    """What may be the name of their group, flattened: a group's submission is each member's."""


@dataclass(frozen=True)
class Filled:
    """The file to import, and what the instructor should know, a sentence each."""

    data: bytes
    sentences: list[str]
    marks: list[tuple[str, float]] = field(default_factory=list)
    """Who has which mark in the file, in the column's points."""


@dataclass(frozen=True)
class Score:
    """What a gradebook needs of a mark: all marks of a class, with their messages, would not fit into memory."""

    who: str
    name: str
    ids: Mapping[str, str]
    most: float
    score: float | None
    """What goes into the gradebook, as `Holds` says; None if it was neither graded nor decided about."""
    graded: bool = True
    """Whether the tests gave it: its maximum is then the class's, with extra tests."""


def scores_of(marks: Iterable[Mark], holds: Holds) -> list[Score]:
    """Return the scores of a class."""
    scores = []
    for mark in marks:
        who, result = f"{mark.entry.name} ({mark.entry.key})", mark.result
        score = holds.score(mark)
        scores.append(Score(who, mark.entry.name, mark.entry.ids, result.max_score, score, result.graded))
    return scores


def best_score(scores: Iterable[Score]) -> float | None:
    """Return the maximum without bonus; None if nothing was graded."""
    marked = [score for score in scores if score.score is not None]
    return next((score.most for score in sorted(marked, key=lambda score: not score.graded)), None)


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
    """Fill in the marks. A cell changes only if exactly one graded submission is surely its student's.

    scale: whether marks may be multiplied if the column is worth something else; else raises GradebookError then.
    """
    factor = _factor(column, best_score(scores), scale)
    rows, notes = list(rows), Notes(list)
    theirs = _submissions(rows, scores, notes)
    comma = any("," in row.cell.text for row in rows) or _writes_commas(file)
    texts: dict[Field, str] = {}
    replaced, given = 0, list[tuple[str, float]]()
    for row, who, score in _sure(rows, theirs, notes):
        if score * factor > column.most:
            notes[f"the mark is cut to {column.most:g}, the most that it takes"].append(who)
        mark, before = round(min(score * factor, column.most), 2), number(row.cell.text)
        given.append((who, mark))
        if mark != before:
            text = f"{mark:.2f}".rstrip("0").rstrip(".")
            texts[row.cell] = text.replace(".", ",") if comma else text
            replaced += before is not None
    told = [f"{column.name}: marks written: {len(texts)}, of them in place of another mark: {replaced}."]
    told.append(holds.sentence)
    told += [f"Please look, {reason}: {', '.join(names)}." for reason, names in notes.items()]
    if missing := sum(row.cell not in theirs for row in rows):
        told.append(f"Students in it without a submission here: {missing}. Their rows are unchanged.")
    return Filled(file.changed(texts), told, given)


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


def _sure(rows: Iterable[Row], theirs: Mapping[Field, list[Score]], notes: Notes) -> Iterator[tuple[Row, str, float]]:
    """Yield each row that may change, whose submission counts and its score; add the others to `notes`."""
    for row in rows:
        submissions = theirs.get(row.cell, [])
        if len(submissions) > 1:
            notes["more than one submission is theirs; none was taken"] += [each.who for each in submissions]
        elif submissions:
            [only] = submissions
            if row.locked or only.score is None:
                notes[row.locked or "not graded, their cell is as it was"].append(only.who)
            else:
                yield row, only.who, only.score


def _submissions(rows: Iterable[Row], scores: Sequence[Score], notes: Notes) -> Mapping[Field, list[Score]]:
    """Return the submissions of each cell's student; add those with no row or several to `notes`."""
    index: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    teams: defaultdict[str, list[Row]] = defaultdict(list)
    named: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for kind, value in row.ids.items():
            if value.strip():
                index[kind, _folded(value)].append(row)
        for name in row.names:
            for spelled in spellings(name):
                named[spelled].append(row)
        for group in row.groups:
            teams[group].append(row)
    found: defaultdict[Field, list[Score]] = defaultdict(list)
    numbered = [one for one in scores if "moodle_participant" in one.ids]
    only_teams = len(numbered) > 1 and all(flat(one.name) in teams for one in numbered)
    for one in scores:
        called = {id(row) for name in spellings(one.name) for row in named.get(name, ())}
        hits = {kind: index.get((kind, _folded(one.ids.get(kind, ""))), []) for kind in IDS}
        by_kind = [rows for kind in IDS if (rows := _fitting(one, kind, hits[kind], called))]
        fits = [row for row in by_kind[0] if all(row in rows for rows in by_kind)] if by_kind else []
        if by_kind and not fits:
            notes["their ids are of different rows"].append(one.who)
            continue
        members = (
            [] if fits or not one.ids.keys() & {"moodle_participant", "moodle_group"} else teams.get(flat(one.name), [])
        )
        owners = hits["moodle_participant"]
        if members and owners and not only_teams and not any(row in members for row in owners):
            notes["called like a team, with the number of somebody who is not in it; none was taken"].append(one.who)
        elif len(fits) == 1 or members:
            for row in fits or members:
                found[row.cell].append(one)
        elif fits:
            notes["not one row but several have this id"].append(one.who)
        else:
            notes[
                "the row with their id has another name" if any(hits.values()) else "no row has an id of theirs"
            ].append(one.who)
    return found


def _fitting(one: Score, kind: str, hits: list[Row], called: set[int]) -> list[Row]:
    """Return the rows with an id of this kind that may be theirs by name. called: rows with the submission's name."""
    if kind == "moodle_participant":
        return [row for row in hits if not row.names or any(is_moodle_name(one.name, name) for name in row.names)]
    if called and not any(id(row) in called for row in hits):
        return []
    return hits


def _factor(column: Column, ours: float | None, scale: bool) -> float:
    worth = column.worth
    if worth is None or not ours or worth == ours:
        return 1.0
    told = f"{column.name}, is worth {worth:g}, and our marks are out of {ours:g}. Change it there to {ours:g}"
    if worth <= 0:
        raise GradebookError(f"{told}.")
    if not scale:
        raise GradebookError(f"{told}, or say --scale: marks are then multiplied.")
    return worth / ours


def _folded(value: str) -> str:
    return value.strip().casefold()


def _writes_commas(file: CsvFile) -> bool:
    """Return whether the file's numbers have a decimal comma."""
    texts = [field.text for row in file.rows[1:] for field in row if number(field.text) is not None]
    return any("," in text for text in texts) and not any("." in text for text in texts)
