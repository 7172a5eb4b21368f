"""Write a graded class as summary.json and marks.csv."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.decision import Decision, told
from grading.classroom.entry import Mark
from grading.classroom.final import final
from grading.classroom.marks_csv import marks_csv
from grading.classroom.roster import Person
from grading.results.result import not_graded

_NAMED = 5  # of the identical submissions
UNTOUCHED = "as handed out"
_LISTED = 20  # of the submissions that were not graded


@dataclass
class Summary:
    """The class in numbers, and a small row for each mark. Call `add` for each mark, then `write`."""

    layout: str
    notes: Sequence[str]
    """Sentences about the download."""
    identical: list[list[str]]
    """Keys, group by group."""
    has_policy: bool
    """Whether there is a late policy."""
    absent: Sequence[Person] = ()
    """Who is in the roster and handed in nothing."""
    same_files: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    """The name of a file -> groups of keys whose submissions have the same one."""
    waiting: Collection[str] = ()
    """Keys of those that this run was stopped before."""
    decided_by: str = ""
    """The hash of the file of decisions."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    decisions: dict[str, tuple[Decision, ...]] = field(default_factory=dict)
    uploads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    modes: Counter[str] = field(default_factory=Counter)
    """Of isolation."""

    def add(self, mark: Mark) -> None:
        """Count one submission."""
        self.rows.append(_row(mark, waiting=mark.entry.key in self.waiting))
        if mark.decisions:
            self.decisions[mark.entry.key] = mark.decisions
        if mark.entry.uploads:
            self.uploads[mark.entry.key] = mark.entry.uploads
        if mark.result.graded:
            self.modes[mark.result.isolation["mode"]] += 1

    def write(self, out: Path) -> Iterator[str]:
        """Write summary.json and marks.csv into `out`, and yield sentences for the instructor. Raises OSError."""
        summary = self._numbers()
        write_file(out / "summary.json", json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
        write_file(out / "marks.csv", marks_csv(summary["marks"]))
        yield from _told(summary)
        yield f"Marks: {out / 'marks.csv'}"

    def _numbers(self) -> dict[str, Any]:
        # Extra tests add marks, which only the result of a graded submission says.
        max_score = next((row["max_score"] for row in self.rows if row["graded"]), not_graded("").max_score)
        rows = [row if row["graded"] else row | {"max_score": max_score} for row in self.rows]
        scores = [row["score"] for row in rows if row["graded"]]
        due = rows if self.has_policy else []
        return {
            "schema": 1,
            "submissions": len(rows),
            "graded": len(scores),
            "not_graded": [
                {name: row[name] for name in ("key", "name", "reason")} for row in rows if not row["graded"]
            ],
            "mean": round(sum(scores) / len(scores), 2) if scores else None,
            "max_score": max_score,
            "late": [row["key"] for row in due if row["days_late"]],
            "late_by_unknown_days": [
                row["key"] for row in due if row["late_by_lms"] and row["submitted"] is None and row["days_late"]
            ],
            "lateness_unknown": [row["key"] for row in due if row["days_late"] is None],
            "identical": self.identical,
            "same_files": dict(self.same_files),
            "untouched": [row["key"] for row in rows if row["state"] == UNTOUCHED],
            "waiting": sorted(self.waiting),
            "marks": rows,
            "isolation": dict(self.modes),
            "layout": self.layout,
            "absent": [
                {"name": one.name, "ids": dict(one.ids), "group": one.group, "section": one.section}
                for one in self.absent
            ],
            "notes": list(self.notes),
            "decided_by": self.decided_by,
            "decisions": {key: [asdict(one) for one in theirs] for key, theirs in self.decisions.items()},
            "uploads": self.uploads,
        }


def read_decided(out: Path) -> dict[str, str]:
    """Return what was decided in the previous run, by key; nothing if there was none, or its summary is damaged."""
    try:
        decisions = json.loads((out / "summary.json").read_bytes()).get("decisions", {})
        return {key: told(Decision(**fields) for fields in theirs) for key, theirs in decisions.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _told(summary: dict[str, Any]) -> Iterator[str]:
    mean = f", on average {summary['mean']:g} of {summary['max_score']:g} marks" if summary["graded"] else ""
    yield f"{summary['graded']} of {summary['submissions']} submissions are graded{mean}."
    if ungraded := summary["not_graded"]:
        yield f"{len(ungraded)} {_are(len(ungraded))} not graded:"
        for row in ungraded[:_LISTED]:
            yield f"  {row['name']} ({row['key']}): {row['reason'].splitlines()[0]}"
        if len(ungraded) > _LISTED:
            yield f"  and {len(ungraded) - _LISTED} more, all in summary.json"
        if any(row["counts"] is None for row in summary["marks"]):
            yield "Their marks stay empty until you decide on them in decisions.csv, or they hand in again."
    if decided := summary["decisions"]:
        yield f"{len(decided)} {'has' if len(decided) == 1 else 'have'} decisions in decisions.csv, applied last."
    if count := summary["graded"] - summary["isolation"].get("sandbox", 0):
        yield f"{count} were graded without a sandbox: they could do harm here. grade doctor says what is missing."
    if late := summary["late"]:
        yield f"{len(late)} {_are(len(late))} late by the policy."
    if flagged := summary["late_by_unknown_days"]:
        yield f"{len(flagged)} of them by the LMS's flag only, counted as one day. --times gives the exact times."
    if unknown := summary["lateness_unknown"]:
        yield (
            f"{len(unknown)} {'has' if len(unknown) == 1 else 'have'} no hand-in time, so no late penalty. "
            "Give times with --times FILE.csv."
        )
    if untouched := summary["untouched"]:
        yield f"{len(untouched)} handed in the starter as it was."
    if groups := summary["identical"]:
        most = max(map(len, groups))
        among = "1 group" if len(groups) == 1 else f"{len(groups)} groups"
        yield f"{sum(map(len, groups))} submissions in {among} are identical, {most} in the largest."
    for name, groups in summary["same_files"].items():
        if groups:
            yield f"{sum(map(len, groups))} have the same {name} as somebody else: class-report.html says who."


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _row(mark: Mark, *, waiting: bool) -> dict[str, Any]:
    """Return a mark as plain fields, the same for CSV and JSON."""
    entry, result, late = mark.entry, mark.result, mark.lateness
    graded = result.graded  # a submission that was not graded has no 0
    others = mark.identical_to
    more = (f"and {len(others) - _NAMED} more",) if len(others) > _NAMED else ()
    return {
        "key": entry.key,
        "name": entry.name,
        "ids": dict(entry.ids),
        "group": entry.group,
        "section": entry.section,
        "score": result.score if graded else None,
        "max_score": result.max_score,
        "bonus": result.bonus if graded else None,
        "steps": {str(row.step): row.score if graded and row.status != "unmarked" else None for row in result.steps},
        "submitted": entry.submitted,
        "late_by_lms": entry.late,
        "days_late": late.days if late else None,
        "late_percent": late.percent if late else None,
        "score_after_lateness": late.score if late and graded else None,
        "extended_to": entry.due,
        "decisions": told(mark.decisions),
        "counts": counts.total if (counts := final(mark)) else None,
        "graded": graded,
        "state": _state(mark, waiting=waiting),
        "reason": result.reason,
        "identical_to": [*others[:_NAMED], *more],
    }


def _state(mark: Mark, *, waiting: bool) -> str:
    if waiting:
        return "waiting"
    if mark.untouched:
        return UNTOUCHED
    return "graded" if mark.result.graded else "not graded"
