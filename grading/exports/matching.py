"""Find the row of each submission in a gradebook: by ids, and never into one that has another student's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grading.classroom.csv_fields import Field
from grading.classroom.entry import Mark
from grading.classroom.spelling import flat, is_moodle_name, spellings
from grading.exports.holds import Holds
from grading.exports.mail_merge import comment
from grading.results.steps import MAX_BONUS

IDS = ("canvas_user", "moodle_participant", "student_id", "login", "email")
"""Kinds of ids: all that find a row must find the same one."""
Notes = defaultdict[str, list[str]]
"""What the instructor should look at: why -> who."""


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
    comment: Field | None = None
    """The cell for a comment in HTML; None if the file has none."""


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
    comment: str = ""
    """For a cell of comments: one line of plain text."""


def scores_of(marks: Iterable[Mark], holds: Holds) -> list[Score]:
    """Return the scores of a class."""
    scores = []
    for mark in marks:
        who, result = f"{mark.entry.name} ({mark.entry.key})", mark.result
        most = MAX_BONUS if holds.bonus_alone else result.max_score
        scores.append(
            Score(who, mark.entry.name, mark.entry.ids, most, holds.score(mark), result.graded, comment(mark))
        )
    return scores


def best_score(scores: Iterable[Score]) -> float | None:
    """Return the maximum without bonus; None if nothing was graded."""
    marked = [score for score in scores if score.score is not None]
    return next((score.most for score in sorted(marked, key=lambda score: not score.graded)), None)


def people(
    rows: Iterable[Sequence[Field]],
    names: Sequence[str],
    column: int,
    kinds: Mapping[str, str],
    locked: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """Yield the students of a gradebook that has the columns First Name and Last Name.

    names: the titles. column: the one to fill; rows that end before it are left out. kinds: title, in small letters ->
    kind of id. locked: what a cell holds, in small letters -> why it must stay.
    """
    plain = [name.casefold() for name in names]
    for row in rows:
        if column < len(row):
            texts = dict(zip(plain, (field.text.strip() for field in row), strict=False))
            ids = {kind: texts[title].removeprefix("#") for title, kind in kinds.items() if title in texts}
            name = f"{texts.get('first name', '')} {texts.get('last name', '')}".strip()
            why = (locked or {}).get(row[column].text.strip().casefold(), "")
            yield Row(row[column], ids, why, (name,) if name else ())


def submissions(rows: Iterable[Row], scores: Sequence[Score], notes: Notes) -> Mapping[Field, list[Score]]:
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


def _folded(value: str) -> str:
    return value.strip().casefold()
