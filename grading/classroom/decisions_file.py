"""Read decisions.csv, in which people change marks and comment on them: a line each, kept for all later runs.

Its columns: student, step, marks, change, comment, who, when. `marks` are new ones, `change` is added: a spreadsheet
turns +5 into 5, so that one column for both would set marks that were to be raised.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.csv_fields import GradebookError, read_csv
from grading.classroom.decision import Decision
from grading.classroom.entry import ClassError, Entry
from grading.results.steps import MAX_BONUS, MAX_SCORE, STEPS
from grading.text import shown

NAME = "decisions.csv"
COLUMNS = ("student", "step", "marks", "change", "comment", "who", "when")
_TITLES = "\ufeff" + ",".join(COLUMNS) + "\n"
_NEEDED = {"student", "marks"}
_NUMBER = re.compile(r"(?P<sign>[+−-]?)(?P<digits>\d{1,4}(?:[.,]\d{1,4})?)")
_TOTAL = {"", "total", "all"}


@dataclass(frozen=True)
class Decisions:
    """The decisions about a class."""

    by_key: Mapping[str, tuple[Decision, ...]]
    told: tuple[str, ...] = ()
    """Sentences about lines that are left out."""
    hash: str = ""
    """Of the file as it was read, by which an export notices that it has changed since."""


def make_file(out: Path) -> None:
    """Write decisions.csv with its titles into a class's folder, unless it is there. Raises OSError."""
    if not (out / NAME).exists():
        write_file(out / NAME, _TITLES)


def file_hash(out: Path) -> str:
    """Return the hash of decisions.csv; "" if it has no line. Raises OSError."""
    return _hash(_read(out))


def _read(out: Path) -> bytes:
    try:
        return (out / NAME).read_bytes()
    except FileNotFoundError:
        return _TITLES.encode()


def _hash(data: bytes) -> str:
    return "" if data == _TITLES.encode() else hashlib.sha256(data).hexdigest()


def read_decisions(out: Path, entries: Iterable[Entry]) -> Decisions:
    """Read the decisions in a class's folder. Raises ClassError for a line that can't be read, or OSError."""
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for name in entry.names:
            keys[name].add(entry.key)
    found: defaultdict[str, list[Decision]] = defaultdict(list)
    told = []
    data = _read(out)
    for line, who, decision in _lines(data):
        match sorted(keys.get(who.casefold(), ())):
            case [key]:
                found[key].append(decision)
            case several:
                why = f"{len(several)} submissions are called so" if several else "no submission is called so"
                told.append(f"{line}, is left out: {why}: '{shown(who)}'. marks.csv has everybody's key.")
    return Decisions({key: tuple(theirs) for key, theirs in found.items()}, tuple(told), _hash(data))


def _lines(data: bytes) -> Iterator[tuple[str, str, Decision]]:
    """Yield the place of each line, whose it is and the decision."""
    try:
        titles, *rows = read_csv(data).rows
    except GradebookError as problem:
        raise ClassError(f"{NAME} can't be read. {problem}") from problem
    names = [title.text.strip().casefold() for title in titles]
    if unknown := (set(names) - set(COLUMNS) - {""}) | (_NEEDED - set(names)):
        there = ", ".join(COLUMNS)
        raise ClassError(f"{NAME}: its first line should have the titles {there}. Look at: {shown(min(unknown))}.")
    for number, row in enumerate(rows, start=2):
        cells = {name: field.text.strip() for name, field in zip(names, row, strict=False)}
        if not any(cells.values()):
            continue
        line = f"{NAME}, line {number}"
        try:
            if len(row) > len(names):
                raise ClassError("it has more fields than titles; a comment with a comma needs quotes")
            yield line, cells["student"], _decision(cells)
        except ClassError as problem:
            raise ClassError(f"{line}: {problem}.") from problem


def _decision(cells: Mapping[str, str]) -> Decision:
    step = _step(cells.get("step", ""))
    marks, signed = _number(cells["marks"]) if cells.get("marks") else (None, False)
    change = _number(cells["change"])[0] if cells.get("change") else None
    if marks is not None and change is not None:
        raise ClassError("marks are new ones, and change is added to the old ones: fill in one of them")
    if signed:
        marks, change = None, marks
    most = MAX_SCORE + MAX_BONUS if step is None else next(row.marks for row in STEPS if row.number == step)
    if step is not None and max(marks or 0, abs(change or 0)) > most:
        raise ClassError(f"step {step} has {most:g} marks")
    if max(marks or 0, abs(change or 0)) > 2 * most:
        raise ClassError(f"the total is about {most:g} marks, so this is a slip")
    if not cells.get("comment") and marks is None and change is None:
        raise ClassError("it has neither marks nor change nor comment")
    return Decision(step, marks, change, *(cells.get(name, "") for name in ("comment", "who", "when")))


def _step(text: str) -> int | None:
    if text.casefold() in _TOTAL:
        return None
    number = re.sub(r"(?i)\Astep\s*", "", text)
    known = {str(row.number): row.number for row in STEPS}
    if number not in known:
        raise ClassError(f"there is no step '{shown(text)}': write its number, or total")
    return known[number]


def _number(text: str) -> tuple[float, bool]:
    """Return a number, and whether it has a sign."""
    match = _NUMBER.fullmatch(text.removeprefix("'").strip())
    if match is None:
        raise ClassError(f"'{shown(text)}' is no number of marks, such as 85, 12.5 or -3")
    value = float(match["digits"].replace(",", "."))
    return math.copysign(value, -1 if match["sign"] in ("-", "−") else 1), bool(match["sign"])
