"""The instructor's late policy, and a file of submission times for downloads that lack them."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from grading.classroom.csv_fields import delimiter_of
from grading.classroom.entry import ClassError, Entry, Lateness
from grading.results.result import Result, tidy
from grading.text import shown

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LatePolicy:
    """Deduct a share of the marks for each day begun after the due date and the grace time."""

    due: datetime
    grace: timedelta = timedelta()
    percent: float = 0
    """Per day, of marks and bonus."""
    cap: float = 100
    """The largest deduction, in percent."""

    def lateness(self, entry: Entry, result: Result) -> Lateness | None:
        """Apply the policy to a mark. Returns None if it is unknown whether the submission is late.

        Without a time, the LMS's own flag decides: late counts as one day, because no more is known; but it does not
        know of an extension. A time without a zone is one of the due date's zone.
        """
        if entry.submitted is not None:
            time = datetime.fromisoformat(entry.submitted)
            due = datetime.fromisoformat(entry.due) if entry.due else self.due
            over = (time if time.tzinfo else time.replace(tzinfo=self.due.tzinfo)) - due - self.grace
            days = max(0, math.ceil(over / _DAY))
        elif entry.late is not None and not (entry.late and entry.due):
            days = int(entry.late)
        else:
            return None
        percent = min(days * self.percent, self.cap)
        return Lateness(days, tidy(percent), tidy(round((result.score + result.bonus) * (100 - percent) / 100, 2)))


def parse_time(text: str) -> datetime:
    """Parse a time in ISO 8601 with a zone. Raises ClassError."""
    try:
        time = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        told = "is no time with a zone" if time is None else "has no time zone"
        raise ClassError(f"'{shown(text)}' {told}. Write it like 2026-11-20T23:59+01:00.")
    return time


def parse_grace(text: str) -> timedelta:
    """Parse a duration: 90s, 15m, 2h, 1d. Raises ClassError."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None:
        raise ClassError(f"The grace time '{shown(text)}' can't be read. Write it like 15m, 2h or 1d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def with_times(
    entries: Iterable[Entry], file: Path, field: Literal["submitted", "due"] = "submitted"
) -> tuple[list[Entry], list[str]]:
    """Return the entries with the times of a CSV file, and sentences about lines that were skipped.

    file: a key, id or name and a time in each line, perhaps below a heading. field: which time it is.
    Raises ClassError for a line that can't be parsed, OSError if the file can't be read.
    """
    entries = list(entries)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for name in entry.names:
            places[name].append(place)
    told = []
    for line, who, time in _times(file):
        match places.get(who.strip().casefold(), []):
            case [place]:
                one = entries[place]
                entries[place] = replace(one, due=time) if field == "due" else replace(one, submitted=time)
            case several:
                why = f"{len(several)} submissions are called so" if several else "no submission is called so"
                told.append(f"{line}, is left out: {why}: '{shown(who)}'.")
    return entries, told


def _times(file: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the place of each line in the file, whose it is and the time."""
    content = file.read_bytes().decode("utf-8-sig", "replace")
    try:
        rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter_of(content)))
    except csv.Error as problem:
        raise ClassError(f"{shown(file.name)} is not a CSV file: {problem}.") from problem
    for number, row in enumerate(rows, start=1):
        if not any(cell.strip() for cell in row) or (number == 1 and not re.search(r"\d{4}", "".join(row[1:]))):
            continue  # an empty line, or a heading
        line = f"{shown(file.name)}, line {number}"
        try:
            yield line, row[0], parse_time(row[1] if len(row) > 1 else "").isoformat()
        except ClassError as problem:
            raise ClassError(f"{line}: {problem}") from problem
