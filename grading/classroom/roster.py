"""Join the instructor's list of the class with what was handed in.

It adds the ids of other systems, so that marks find their way into gradebooks, and real names, groups and sections, and
it tells who handed in nothing.

An id is compared only with ids of its kind: 123 in Canvas is not 123 in Moodle. Where both sides have ids of one kind,
a name decides nothing. A team's submission becomes one of each member's, unless the id beside the team's name is that
of somebody else: everybody can call herself like a team. What was matched by a name alone is told. A person with two
submissions gets none of them graded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from grading.classroom.entry import Entry
from grading.classroom.spelling import flat, is_moodle_name, spellings
from grading.text import shown

_LISTED = 20
_TEAMS = {"moodle_group", "classroom50_group"}
"""Kinds of ids that only teams have."""
_MAYBE_TEAMS = {"moodle_participant", "canvas_user", "blackboard_name"}
"""Kinds of ids that stand beside a team's name, too: of the team, or of one member."""
_NAMES = {"google_name", "blackboard_name"}
"""Kinds of ids that are names."""


@dataclass(frozen=True)
class Person:
    """One line of the roster."""

    line: int
    name: str
    ids: Mapping[str, str]
    """As in Entry."""
    group: str = ""
    section: str = ""
    others: frozenset[str] = frozenset()
    """What stands in columns that are not known, flattened."""


@dataclass
class Joined:
    """The entries with what the roster knows."""

    entries: list[Entry]
    absent: list[Person]
    """Who handed in nothing."""
    told: list[str]
    """Sentences for the instructor."""


class Roster:
    """The people in a class."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._ids: defaultdict[tuple[str, str], list[Person]] = defaultdict(list)
        self._called: tuple[defaultdict[str, list[Person]], ...] = tuple(defaultdict(list) for _ in range(3))
        """People by their name; by an id of any kind; by what stands in other columns."""
        self._groups: defaultdict[str, list[Person]] = defaultdict(list)
        for person in people:
            for kind, id in person.ids.items():
                self._ids[kind, id.casefold()].append(person)
            words = (spellings(person.name), {flat(id) for id in person.ids.values()}, person.others)
            for index, names in zip(self._called, words, strict=True):
                for name in names:
                    index[name].append(person)
            if person.group:
                self._groups[_joined(person.group)].append(person)
        self._kinds = {kind for kind, _ in self._ids}

    @property
    def ids(self) -> frozenset[tuple[str, str]]:
        """All ids of the class, as (kind, id)."""
        return frozenset(self._ids)

    def join(self, entries: Iterable[Entry]) -> Joined:
        """Return the entries as the roster completes them, those of a team once for each member."""
        entries = list(entries)
        found = list[tuple[Entry, Person | None]]()
        unsure: defaultdict[str, list[str]] = defaultdict(list)
        numbered = [entry for entry in entries if "moodle_participant" in entry.ids]
        persons = any(map(self._is_person, numbered))
        teams = not persons and len(numbered) > 1 and all(_joined(entry.name) in self._groups for entry in numbered)
        for entry in entries:
            members, outsider = self._members(entry, persons, teams)
            people = members or self._one(entry)
            if outsider:
                unsure["called like a team, with an id of somebody who is not in it, so not graded"].append(entry.name)
                found.append((replace(entry, problem=entry.problem or outsider), None))
            elif not people or (len(people) > 1 and not members):
                why = f"in {'several lines' if people else 'no line'} of the roster, so nothing is added"
                unsure[why].append(entry.name)
                found.append((entry, None))
            else:
                if not self._sure(entry, people):
                    unsure["in the roster, but matched by name only"].append(entry.name)
                found += [(_completed(entry, person, bool(members)), person) for person in people]
        told = [f"Found {why}: {_listed(names)}." for why, names in unsure.items()]
        twice = _with_several(found)
        if twice:
            names = [person.name for person in self._people if person.line in twice]
            told.append(f"In the roster once, but with several submissions, so none is graded: {_listed(names)}.")
        seen = {person.line for _, person in found if person}
        absent = [person for person in self._people if person.line not in seen]
        if absent:
            told.append(f"In the roster, but nothing handed in: {len(absent)} ({_listed([p.name for p in absent])}).")
        return Joined(
            [_refused(entry, twice.get(person.line) if person else None) for entry, person in found], absent, told
        )

    def _members(self, entry: Entry, persons: bool, teams: bool) -> tuple[list[Person], str | None]:
        """Return the members of the team whose submission this is, or the problem if its id is of no member.

        Both are empty if it is one person's. persons, teams: whether Moodle's numbers are students' here, or are
        groups'.
        """
        members = self._groups.get(_joined(entry.name), [])
        if not members or set(entry.ids) - _TEAMS - _MAYBE_TEAMS:
            return [], None
        for kind, id in entry.ids.items():
            owners = self._ids.get((kind, id.casefold()), [])
            if kind in _TEAMS or any(owner in members for owner in owners):
                continue
            if kind == "moodle_participant":
                if teams or not (owners or persons):  # a group's number is sometimes a student's, too
                    continue
                return [], _outsider(entry.name, id, owners)
            if owners or all(kind in member.ids for member in members):
                return [], None
        return members, None

    def _is_person(self, entry: Entry) -> bool:
        """Return whether it is called as a person of the roster is, or its id and name are a person's."""
        return any(name in self._called[0] for name in spellings(entry.name)) or any(
            is_moodle_name(entry.name, person.name)
            for kind, id in entry.ids.items()
            for person in self._ids.get((kind, id.casefold()), ())
        )

    def _sure(self, entry: Entry, people: Sequence[Person]) -> bool:
        """Return whether an id says that it is theirs, or what an instructor's folder is called, which is their id."""
        if not entry.ids:
            return any(flat(entry.name) in map(flat, person.ids.values()) for person in people)
        return any(
            owner in people for kind, id in entry.ids.items() for owner in self._ids.get((kind, id.casefold()), ())
        )

    def _one(self, entry: Entry) -> list[Person]:
        """Return whose submission it is: one person, or all whom it may be, or nobody."""
        ids = {kind: id for kind, id in entry.ids.items() if kind not in _NAMES}
        hits: dict[int, Person] = {}
        for kind, id in ids.items():
            people = self._ids.get((kind, id.casefold()), [])
            if kind == "moodle_participant":  # in a team assignment, it is the number of a group
                people = [person for person in people if not person.name or is_moodle_name(entry.name, person.name)]
            hits |= {person.line: person for person in people}
        if hits or self._kinds & set(ids):
            return list(hits.values())
        for index in self._called:
            people = [person for name in {*spellings(entry.name), flat(entry.name)} for person in index.get(name, ())]
            if people:
                return list({person.line: person for person in people}.values())
        return []


def _completed(entry: Entry, person: Person, in_team: bool) -> Entry:
    if not in_team:
        ids = {**person.ids, **entry.ids}
        return replace(entry, name=_name(entry, person), ids=ids, group=person.group, section=person.section)
    ids = {**person.ids, **{kind: id for kind, id in entry.ids.items() if kind in _TEAMS}}
    slugs = (re.sub("[^a-z0-9]+", "-", flat(text)).strip("-") for text in (person.name, *person.ids.values()))
    key, name = f"{entry.key}-{next(filter(None, slugs), person.line)}", _name(entry, person)
    return replace(entry, key=key, name=name, ids=ids, group=person.group, section=person.section)


def _with_several(found: Iterable[tuple[Entry, Person | None]]) -> dict[int, str]:
    """Return the problem of each person who has several submissions, by the line of the roster."""
    theirs: defaultdict[int, list[tuple[Entry, Person]]] = defaultdict(list)
    for entry, person in found:
        if person:
            theirs[person.line].append((entry, person))
    return {
        line: f"By the roster, {len(several)} submissions are those of {shown(several[0][1].name)} "
        f"({', '.join(sorted(entry.key for entry, _ in several))}), so which one counts is unknown. "
        "Remove what is not theirs, and run this again."
        for line, several in theirs.items()
        if len(several) > 1
    }


def _refused(entry: Entry, problem: str | None) -> Entry:
    return replace(entry, problem=entry.problem or problem)


def _outsider(team: str, id: str, owners: Sequence[Person]) -> str:
    whose = " or ".join(shown(owner.name) for owner in owners) or "nobody in the roster"
    told = f"It is called '{shown(team)}', like a team of the roster, but its id {shown(id)} is that of {whose}."
    return f"{told} So nobody knows whose this is: ask who sent it, rename or remove it, and run this again."


def _name(entry: Entry, person: Person) -> str:
    return shown(person.name, 200) or entry.name


def _joined(name: str) -> str:
    """Return a group's name as Canvas writes it: without blanks and signs."""
    return "".join(flat(name).split())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(shown(name) for name in names[:_LISTED]) + more
