"""Read a roster: a CSV file with any columns. Gradebooks of Canvas and Moodle's worksheets are rosters, too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from grading.classroom.csv_fields import Field, GradebookError, read_csv
from grading.classroom.entry import ClassError
from grading.classroom.roster import Person, Roster
from grading.classroom.spelling import flat
from grading.text import shown

_TITLES = {
    "name": "name, full name, student, student name, display name, vollständiger name, nom complet, nombre completo",
    "first_name": "first name, firstname, given name, vorname, prénom, nombre",
    "last_name": "last name, lastname, surname, family name, nachname, nom, apellidos",
    "email": "email, e-mail, email address, mail, e-mail-adresse, adresse de courriel, correo",
    "student_id": "student id, sis user id, sid, id number, orgdefinedid, matriculation number, matrikelnummer",
    "login": "login, sis login id, username, user name, login id, user id, netid, eid, anmeldename, identifiant",
    "canvas_user": "canvas user, canvas id, canvas user id",
    "moodle_participant": "moodle participant, identifier, participant",
    "brightspace_user": "brightspace user, brightspace id, d2l id",
    "github_user": "github user, github, github username, github name, github login",
    "group": "group, team, group name, gruppe, groupe, grupo",
    "section": "section, sections, course, class, kurs",
}
_KINDS = {title.strip(): kind for kind, titles in _TITLES.items() for title in titles.split(",")}
_PARTICIPANT = re.compile(r"(?P<word>[^\d\s]\D*?)\s?(?P<number>\d+)")
_NOBODY = {"points possible", "test student"}
"""Rows of Canvas's gradebook that are no person's."""


def read_roster(file: Path) -> Roster:
    """Read a roster. Raises ClassError if it is none, OSError if the file can't be read."""
    try:
        titles, *rows = read_csv(file.read_bytes(), utf_16=True).rows
    except GradebookError as problem:
        raise ClassError(f"The roster {shown(file.name)} can't be read. {problem}") from problem
    kinds = _columns([cell.text for cell in titles], [row[0].text.strip() for row in rows])
    people: dict[tuple[str, ...], Person] = {}
    for line, row in enumerate(rows, start=2):
        person = _person(line, row, kinds)
        if (person.name or person.ids) and flat(person.name) not in _NOBODY:
            people.setdefault((person.name, *(f"{kind}={id}" for kind, id in sorted(person.ids.items()))), person)
    if not people:
        raise ClassError(
            f"The roster {shown(file.name)} names nobody. Its first line should have titles, such as name, email, "
            "login, student_id, canvas_user, moodle_participant, github_user, group or section; below, a line each."
        )
    return Roster(list(people.values()))


def _columns(titles: list[str], first: list[str]) -> dict[str, int]:
    """Return the index of the column for each kind; the first one counts. first: the cells of the first column.

    A column ID holds Canvas's ids beside Canvas's other columns, else the university's. In files of Classroom 50,
    `username` is GitHub's. Moodle's Identifier has a title in any language: its cells are one word and a number each.
    """
    plain = [re.sub(r"[\s_]+", " ", title.casefold()).strip() for title in titles]
    known = _KINDS | {"id": "canvas_user" if "sis login id" in plain or "section" in plain else "student_id"}
    if {"github id", "submission tag"} & set(plain):
        known["username"] = "github_user"
    identifiers = [_PARTICIPANT.fullmatch(cell) for cell in first]
    words = {match["word"] if match else "" for match in identifiers}
    if plain[0] in ("id", *({plain[0]} - known.keys())) and len(words) == 1 and words.pop()[:1].isupper():
        known[plain[0]] = "moodle_participant"
    found: dict[str, int] = {}
    for index, title in enumerate(plain):
        if kind := known.get(title):
            found.setdefault(kind, index)
    return found


def _person(line: int, row: Sequence[Field], kinds: dict[str, int]) -> Person:
    texts = {kind: _text(row[column]) for kind, column in kinds.items() if column < len(row) and _text(row[column])}
    first, last = texts.pop("first_name", ""), texts.pop("last_name", "")
    name = texts.pop("name", "") or f"{first} {last}".strip()
    if name.count(",") == 1:
        name = " ".join(part.strip() for part in reversed(name.split(","))).strip()
    group, section = texts.pop("group", ""), texts.pop("section", "")
    if identifier := _PARTICIPANT.fullmatch(texts.get("moodle_participant", "")):
        texts["moodle_participant"] = identifier["number"]
    for kind in {"student_id", "login"} & texts.keys():
        texts[kind] = texts[kind].removeprefix(
            "#"
        )  # Brightspace writes one, so that a spreadsheet keeps zeros in front
    others = {flat(_text(cell)) for column, cell in enumerate(row) if column not in kinds.values()}
    words = frozenset(word for word in others if word and not word.replace(" ", "").isdecimal())
    return Person(line, name or next(iter(texts.values()), ""), texts, group, section, words)


def _text(cell: Field) -> str:
    """Return a cell without the apostrophe by which tools keep a spreadsheet from running it as a formula."""
    return re.sub(r"\A'(?=[=+@-])", "", cell.text.strip())
