"""The instructor's late policy, and the times that it needs when the download does not say them."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from grading.classroom.csv_fields import delimiter_of
from grading.classroom.record import ClassError, Entry, Lateness
from grading.results.result import Result, tidy
from grading.text import shown

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LatePolicy:
    """Marks are taken off for each day begun after the due date and the grace time."""

    due: datetime
    grace: timedelta = timedelta()
    percent: float = 0
    """A day, of marks and bonus."""
    cap: float = 100
    """The most that is taken off, in percent."""

    def lateness(self, entry: Entry, result: Result) -> Lateness | None:
        """Return what the policy makes of a mark; None if nobody knows when it was handed in.

        The LMS's own flag decides where it gives no time: not late is in time, late is one day, as nobody knows more.
        """
        if entry.submitted is not None:
            over = parse_time(entry.submitted) - self.due - self.grace
            days = max(0, math.ceil(over / _DAY))
        elif entry.late is not None:
            days = int(entry.late)
        else:
            return None
        percent = min(days * self.percent, self.cap)
        return Lateness(days, tidy(percent), tidy(round((result.score + result.bonus) * (100 - percent) / 100, 2)))


def parse_time(text: str) -> datetime:
    """Return the time that `text` says in ISO 8601 with a zone. Raises ClassError."""
    try:
        time = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        told = "is no time with a zone" if time is None else "has no time zone"
        raise ClassError(f"'{shown(text)}' {told}. Write it like 2026-11-20T23:59+01:00.")
    return time


def parse_grace(text: str) -> timedelta:
    """Return the duration that `text` says: 90s, 15m, 2h, 1d. Raises ClassError."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None:
        raise ClassError(f"The grace time '{shown(text)}' can't be read. Write it like 15m, 2h or 1d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def with_times(entries: Iterable[Entry], file: Path) -> tuple[list[Entry], list[str]]:
    """Return the entries with the times of a CSV file, each line a key, id or name and a time, and what to say aloud.

    Raises ClassError for a line that can't be read, OSError if the file can't be.
    """
    entries = list(entries)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for word in entry.called:
            places[word].append(place)
    data = file.read_bytes()
    lines = io.StringIO(data.decode("utf-8-sig", "replace"), newline="")
    try:
        rows = list(csv.reader(lines, delimiter=delimiter_of(data).decode()))
    except csv.Error as problem:
        raise ClassError(f"{shown(file.name)} is not a CSV file: {problem}.") from problem
    told = []
    for number, row in enumerate(rows, start=1):
        if not any(cell.strip() for cell in row) or (number == 1 and not re.search(r"\d{4}", "".join(row[1:]))):
            continue  # an empty line, or a heading
        try:
            time = parse_time(row[1] if len(row) > 1 else "").isoformat()
        except ClassError as problem:
            raise ClassError(f"{shown(file.name)}, line {number}: {problem}") from problem
        match places.get(row[0].strip().casefold(), []):
            case [place]:
                entries[place] = replace(entries[place], submitted=time)
            case several:
                why = f"{len(several)} submissions are called so" if several else "no submission is called so"
                told.append(f"{shown(file.name)}, line {number}, is left out: {why}: '{shown(row[0])}'.")
    return entries, told
