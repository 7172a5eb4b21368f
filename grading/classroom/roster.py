"""Join the instructor's list of the class with what was handed in.

It adds the ids of other systems, so that marks find their way into gradebooks, and real names, groups and sections, and
it tells who handed in nothing.

An id is compared only with ids of its kind: 123 in Canvas is not 123 in Moodle. Where both sides have ids of one kind,
a name decides nothing. A team's submission becomes one of each member's.
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
_MAYBE_TEAMS = {"moodle_participant", "canvas_user"}
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
        found, seen = list[Entry](), set[int]()
        unknown, unclear = list[str](), list[str]()
        for entry in entries:
            members, one = self._members(entry), self._one(entry)
            people = members or one
            if not people or (len(people) > 1 and not members):
                (unclear if people else unknown).append(entry.name)
                found.append(entry)
                continue
            seen |= {person.line for person in people}
            found += [_completed(entry, person, bool(members)) for person in people]
        told = []
        for names, why in ((unknown, "in no line of the roster"), (unclear, "in several lines of the roster")):
            if names:
                told.append(f"Found {why}, so nothing is added: {_listed(names)}.")
        absent = [person for person in self._people if person.line not in seen]
        if absent:
            told.append(f"In the roster, but nothing handed in: {len(absent)} ({_listed([p.name for p in absent])}).")
        return Joined(found, absent, told)

    def _members(self, entry: Entry) -> list[Person]:
        """Return the members of the team whose submission this is; none if it is one person's."""
        members = self._groups.get(_joined(entry.name), [])
        if not members or set(entry.ids) - _TEAMS - _MAYBE_TEAMS - _NAMES:
            return []
        if id := entry.ids.get("canvas_user"):  # of the member who handed in
            known = self._ids.get(("canvas_user", id), [])
            return members if not known or known[0] in members else []
        return members

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


def _name(entry: Entry, person: Person) -> str:
    return shown(person.name, 200) or entry.name


def _joined(name: str) -> str:
    """Return a group's name as Canvas writes it: without blanks and signs."""
    return "".join(flat(name).split())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(shown(name) for name in names[:_LISTED]) + more
