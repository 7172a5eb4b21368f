"""What a graded class is written as. Each writer gets all marks, which it may go through as often as it likes."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.late import LatePolicy
from grading.classroom.record import Entry, Mark
from grading.classroom.store import Store
from grading.result import not_graded

_NAMED = 5  # of the others that are identical


@dataclass(frozen=True)
class OutputOptions:
    """What the instructor asked for."""

    layout: str = "plain"
    notes: tuple[str, ...] = ()
    """Sentences about the download: what was found, what was left out."""
    policy: LatePolicy | None = None
    show_hidden: bool = False
    """Whether a student may learn how many hidden tests there were."""


class Marks(Iterable[Mark]):
    """The marks of a class in the download's order. Results are read from the disk each time, one by one."""

    def __init__(
        self, entries: Sequence[Entry], store: Store, same: Iterable[Sequence[Entry]], policy: LatePolicy | None = None
    ) -> None:
        self.entries = entries
        self._store = store
        self._policy = policy
        self._same = {entry.key: group for group in same if len(group) > 1 for entry in group}

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Mark]:
        for entry in self.entries:
            result = self._store.read(entry.key) or not_graded("There is no result. Run the same line again.")
            if not result.graded:
                result = replace(result, max_score=self.max_score)
            same = tuple(other.key for other in self._same.get(entry.key, ()) if other.key != entry.key)
            yield Mark(entry, result, self._policy.lateness(entry, result) if self._policy else None, same)

    @cached_property
    def max_score(self) -> float:
        """The marks that can be had; extra tests add to them, which only a graded submission tells."""
        found = (self._store.read(entry.key) for entry in self.entries)
        return next((result.max_score for result in found if result and result.graded), not_graded("").max_score)

    def identical(self) -> list[list[str]]:
        """Return the keys of submissions with the same content, group by group."""
        groups = {id(group): group for group in self._same.values()}
        return [[entry.key for entry in group] for group in groups.values()]


Writer = Callable[[Marks, Path, OutputOptions], Iterable[str]]
"""Writes into the folder; returns sentences for the instructor."""


def write_outputs(marks: Marks, out: Path, options: OutputOptions) -> list[str]:
    """Write everything about the class into `out`. Returns sentences to print. Raises OSError."""
    return [sentence for writer in WRITERS for sentence in writer(marks, out, options)]


def write_marks_csv(marks: Marks, out: Path, options: OutputOptions) -> Iterator[str]:
    """Write marks.csv: one line a submission."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for number, mark in enumerate(marks):
        row = mark_row(mark)
        if number == 0:
            table.writerow(row)
        table.writerow([_cell(value) for value in row.values()])
    write_file(out / "marks.csv", text.getvalue())
    yield f"Marks: {out / 'marks.csv'}"


def write_summary(marks: Marks, out: Path, options: OutputOptions) -> Iterator[str]:
    """Write summary.json: the class in numbers, and the same rows as marks.csv."""
    rows = []
    modes: Counter[str] = Counter()
    for mark in marks:
        rows.append(mark_row(mark))
        modes[mark.result.isolation["mode"]] += mark.result.graded
    scores = [row["score"] for row in rows if row["graded"]]
    late = [row["key"] for row in rows if row["days_late"]]
    unknown = [row["key"] for row in rows if options.policy and row["days_late"] is None]
    flagged = [e.key for e in marks.entries if options.policy and e.late and e.submitted is None]
    ungraded = [row for row in rows if not row["graded"]]
    data = {
        "schema": 1,
        "layout": options.layout,
        "notes": list(options.notes),
        "submissions": len(rows),
        "graded": len(scores),
        "not_graded": [{name: row[name] for name in ("key", "name", "reason")} for row in ungraded],
        "mean": round(sum(scores) / len(scores), 2) if scores else None,
        "max_score": marks.max_score,
        "isolation": dict(+modes),
        "late": late,
        "late_by_unknown_days": flagged,
        "lateness_unknown": unknown,
        "identical": marks.identical(),
        "marks": rows,
    }
    write_file(out / "summary.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    mean = f", on average {data['mean']:g} of {marks.max_score:g} marks" if scores else ""
    yield f"{len(scores)} of {len(rows)} submissions are graded{mean}."
    if ungraded:
        yield f"{len(ungraded)} are not graded:"
        for row in ungraded[:20]:
            yield f"  {row['name']} ({row['key']}): {row['reason'].splitlines()[0]}"
        if len(ungraded) > 20:
            yield f"  and {len(ungraded) - 20} more, all in summary.json"
    if open_ones := sum(count for mode, count in modes.items() if mode != "sandbox"):
        yield f"{open_ones} were graded without a sandbox: they could do harm here. grade doctor says what is missing."
    if late:
        yield f"{len(late)} are late by the policy."
    if flagged:
        yield f"{len(flagged)} of them by the LMS's flag only, counted as one day. --times gives the exact times."
    if unknown:
        yield f"Nobody knows when {len(unknown)} were handed in: no lateness for them. --times FILE.csv says it."
    if groups := marks.identical():
        most = max(groups, key=len)
        yield f"{sum(map(len, groups))} submissions in {len(groups)} groups are identical, {len(most)} in the largest."


def write_class_pages(marks: Marks, out: Path, options: OutputOptions) -> Iterator[str]:
    """Write a page for each student and the report on the class."""
    from grading.misconceptions import nearest
    from grading.pages.similarity import SimilarityUnavailable, similar_pairs
    from grading.pages.write import write_pages

    pairs = None
    try:  # of identical submissions the first is enough
        firsts = (mark.entry for mark in marks if mark.entry.key <= min(mark.same_as, default=mark.entry.key))
        pairs = similar_pairs(entry for entry in firsts if not entry.problem)
    except SimilarityUnavailable as problem:
        yield str(problem)
    write_pages(marks, out, nearest=nearest, similar_pairs=pairs, show_hidden=options.show_hidden)
    yield f"Feedback for each student: {out / 'feedback'}. The class: {out / 'class-report.html'}"


WRITERS: tuple[Writer, ...] = (write_summary, write_marks_csv, write_class_pages)


def mark_row(mark: Mark) -> dict[str, Any]:
    """Return a mark as plain fields, the same for CSV and JSON."""
    others = list(mark.same_as)
    more = [f"and {len(others) - _NAMED} more"] if len(others) > _NAMED else []
    late = mark.lateness
    return {
        "key": mark.entry.key,
        "name": mark.entry.name,
        "ids": dict(mark.entry.ids),
        "score": mark.result.score,
        "max_score": mark.result.max_score,
        "bonus": mark.result.bonus,
        "submitted": mark.entry.submitted,
        "late_by_lms": mark.entry.late,
        "days_late": late.days if late else None,
        "late_percent": late.percent if late else None,
        "score_after_lateness": late.score if late else None,
        "graded": mark.result.graded,
        "reason": mark.result.reason,
        "identical_to": others[:_NAMED] + more,
    }


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
