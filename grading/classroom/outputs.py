"""What a graded class is written as."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.late import LatePolicy
from grading.classroom.record import Entry, Mark
from grading.classroom.store import Store
from grading.results.result import not_graded

_NAMED = 5  # of the others that are identical
_LISTED = 20  # of those that are not graded


class Marks(Iterable[Mark]):
    """The marks of a class in the download's order. Results are read from the disk each time, one by one."""

    def __init__(
        self, entries: Sequence[Entry], store: Store, identical: list[list[str]], policy: LatePolicy | None
    ) -> None:
        """Take, beside others, the keys of submissions with the same content, group by group."""
        self.identical = identical
        self.policy = policy
        self._entries = entries
        self._store = store
        self._same = {key: group for group in identical for key in group}

    def __iter__(self) -> Iterator[Mark]:
        for entry in self._entries:
            result = self._store.read(entry.key) or not_graded("There is no result. Run the same line again.")
            if not result.graded:
                result = replace(result, max_score=self.max_score)
            same = tuple(key for key in self._same.get(entry.key, ()) if key != entry.key)
            yield Mark(entry, result, self.policy.lateness(entry, result) if self.policy else None, same)

    @cached_property
    def max_score(self) -> float:
        """The marks that can be had; extra tests add to them, which only a graded submission tells."""
        found = (self._store.read(entry.key) for entry in self._entries)
        return next((result.max_score for result in found if result and result.graded), not_graded("").max_score)


def write_outputs(marks: Marks, out: Path, layout: str, notes: Sequence[str]) -> Iterator[str]:
    """Write summary.json, marks.csv and the pages into `out`, and yield sentences for the instructor. Raises OSError.

    `notes` are sentences about the download.
    """
    rows = []
    modes: Counter[str] = Counter()
    for mark in marks:
        rows.append(mark_row(mark))
        modes[mark.result.isolation["mode"]] += mark.result.graded
    summary = _summary(rows, marks) | {"isolation": dict(+modes), "layout": layout, "notes": list(notes)}
    write_file(out / "summary.json", json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    write_file(out / "marks.csv", _csv(rows))
    yield from _told(summary)
    yield f"Marks: {out / 'marks.csv'}"


def _summary(rows: list[dict[str, Any]], marks: Marks) -> dict[str, Any]:
    """Return the class in numbers, and its rows."""
    scores = [row["score"] for row in rows if row["graded"]]
    due = rows if marks.policy else []
    return {
        "schema": 1,
        "submissions": len(rows),
        "graded": len(scores),
        "not_graded": [{name: row[name] for name in ("key", "name", "reason")} for row in rows if not row["graded"]],
        "mean": round(sum(scores) / len(scores), 2) if scores else None,
        "max_score": marks.max_score,
        "late": [row["key"] for row in due if row["days_late"]],
        "late_by_unknown_days": [row["key"] for row in due if row["late_by_lms"] and row["submitted"] is None],
        "lateness_unknown": [row["key"] for row in due if row["days_late"] is None],
        "identical": marks.identical,
        "marks": rows,
    }


def _told(summary: dict[str, Any]) -> Iterator[str]:
    mean = f", on average {summary['mean']:g} of {summary['max_score']:g} marks" if summary["graded"] else ""
    yield f"{summary['graded']} of {summary['submissions']} submissions are graded{mean}."
    if ungraded := summary["not_graded"]:
        yield f"{len(ungraded)} {_are(len(ungraded))} not graded:"
        for row in ungraded[:_LISTED]:
            yield f"  {row['name']} ({row['key']}): {row['reason'].splitlines()[0]}"
        if len(ungraded) > _LISTED:
            yield f"  and {len(ungraded) - _LISTED} more, all in summary.json"
    if count := summary["graded"] - summary["isolation"].get("sandbox", 0):
        yield f"{count} were graded without a sandbox: they could do harm here. grade doctor says what is missing."
    if late := summary["late"]:
        yield f"{len(late)} {_are(len(late))} late by the policy."
    if flagged := summary["late_by_unknown_days"]:
        yield f"{len(flagged)} of them by the LMS's flag only, counted as one day. --times gives the exact times."
    if unknown := summary["lateness_unknown"]:
        yield f"Nobody knows when {len(unknown)} were handed in: no lateness for them. --times FILE.csv says it."
    if groups := summary["identical"]:
        most = max(map(len, groups))
        among = "1 group" if len(groups) == 1 else f"{len(groups)} groups"
        yield f"{sum(map(len, groups))} submissions in {among} are identical, {most} in the largest."


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def mark_row(mark: Mark) -> dict[str, Any]:
    """Return a mark as plain fields, the same for CSV and JSON."""
    others = list(mark.same_as)
    graded = mark.result.graded  # who was not graded has no 0
    more = [f"and {len(others) - _NAMED} more"] if len(others) > _NAMED else []
    late = mark.lateness
    return {
        "key": mark.entry.key,
        "name": mark.entry.name,
        "ids": dict(mark.entry.ids),
        "score": mark.result.score if graded else None,
        "max_score": mark.result.max_score,
        "bonus": mark.result.bonus if graded else None,
        "submitted": mark.entry.submitted,
        "late_by_lms": mark.entry.late,
        "days_late": late.days if late else None,
        "late_percent": late.percent if late else None,
        "score_after_lateness": late.score if late and graded else None,
        "graded": graded,
        "reason": mark.result.reason,
        "identical_to": others[:_NAMED] + more,
    }


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerows([rows[0], *([_cell(value) for value in row.values()] for row in rows)])
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: students choose names, and reasons quote programs."""
    if isinstance(value, Mapping):
        value = "; ".join(f"{kind}={id}" for kind, id in value.items())
    elif isinstance(value, list):
        value = " ".join(value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    if not isinstance(value, str):
        return value
    line = " ".join(value.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
