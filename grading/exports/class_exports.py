"""Write the marks of a class in the formats that the instructor asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from grading.atomic_file import write_file
from grading.classroom.csv_fields import GradebookError
from grading.classroom.decision import Decision
from grading.classroom.decisions_file import file_hash
from grading.classroom.entry import ClassError, Entry, Lateness, Mark
from grading.classroom.store import Store
from grading.exports.blackboard import fill_blackboard
from grading.exports.brightspace import fill_brightspace
from grading.exports.canvas import fill_canvas
from grading.exports.feedback_files import PLACES, feedback_zip
from grading.exports.gradebook import Filled
from grading.exports.gradescope import gradescope_results
from grading.exports.holds import DEFAULT, Holds
from grading.exports.junit import junit_xml
from grading.exports.mail_merge import mail_merge
from grading.exports.moodle import fill_moodle
from grading.results.result import not_graded


class _Fill(Protocol):
    def __call__(
        self, data: bytes, marks: Iterable[Mark], column: str | None = None, *, scale: bool, holds: Holds
    ) -> Filled: ...


GRADEBOOKS: dict[str, _Fill] = {
    "canvas": fill_canvas,
    "moodle": fill_moodle,
    "brightspace": fill_brightspace,
    "blackboard": fill_blackboard,
}
"""LMS -> the function that fills its gradebook."""
_TABLES = (".xls", ".txt", ".tsv")
"""Endings that a table of text may have besides .csv: whoever wrote it so expects it back so."""
_BONUS_OUT = "marks.csv has what the tests gave, in its column bonus"
EACH: dict[str, tuple[str, Callable[[Mark, str], str]]] = {
    "gradescope": ("json", lambda mark, now: json.dumps(gradescope_results(mark.result), indent=1)),
    "junit": ("xml", lambda mark, now: junit_xml(mark.entry.key, mark.result, now)),
}
"""Format -> its files' ending, and the function that renders one, given the current time."""


def fill_gradebook(
    lms: str,
    source: Path,
    column: str | None,
    marks: Iterable[Mark],
    out: Path,
    scale: bool,
    holds: Holds = DEFAULT,
    bonus_column: str | None = None,
) -> list[str]:
    """Fill a gradebook, and write it into the folder `out`. Returns sentences to print.

    source: the instructor's export from `lms`. column: see `fill_canvas` and the others. scale: see `fill`.
    holds: what a mark is. bonus_column: where a bonus goes that is separate; None: it is only left out.
    Raises OSError, and GradebookError if it can't be filled; then nothing is written.
    """
    filled = GRADEBOOKS[lms](source.read_bytes(), marks, column, scale=scale, holds=holds)
    data, told = filled.data, filled.sentences
    if holds.bonus == "separate" and lms == "moodle":
        told.append(f"Moodle's worksheet has one column for marks, so the bonus is not in it: {_BONUS_OUT}.")
    elif holds.bonus == "separate" and bonus_column is None:
        told.append(f"The bonus is in no column of this file: {_BONUS_OUT}. To fill one, add --bonus-column TITLE.")
    elif holds.bonus == "separate":
        alone = replace(holds, bonus_alone=True)
        named = GRADEBOOKS[lms](data, (), bonus_column, scale=scale, holds=alone).column  # no marks: nothing is filled
        if named.index == filled.column.index:
            raise GradebookError(f"{filled.column.name}, can't have both: name another one with --bonus-column.")
        more = GRADEBOOKS[lms](data, marks, bonus_column, scale=scale, holds=alone)
        data, told = more.data, list(dict.fromkeys([*told, *more.sentences]))
    ending = source.suffix.lower() if source.suffix.lower() in _TABLES else ".csv"
    target = out / f"{lms}{ending}"
    if target.exists() and target.samefile(source):
        raise GradebookError(f"{source} is where the new file goes. Move yours to another place first.")
    write_file(target, data)
    return [*told, f"To import: {target}"]


def write_each(name: str, marks: Iterable[Mark], out: Path) -> str:
    """Write a file for each submission into a folder below `out`. Returns a sentence to print. Raises OSError.

    name: of a format in EACH.
    """
    ending, text = EACH[name]
    now = datetime.now(UTC).isoformat()
    (out / name).mkdir(exist_ok=True)
    for mark in marks:
        write_file(out / name / f"{mark.entry.key}.{ending}", text(mark, now))
    return (
        f"A file for each submission: {out / name}. What a mark holds: the tests' marks with the bonus, "
        "without lateness and without decisions of people."
    )


FEEDBACK = (*PLACES, "mail")
"""Ways to give feedback back."""


def write_feedback(way: str, marks: ClassFolder, out: Path) -> list[str]:
    """Write the pages of `out` in a form that goes back to students; returns sentences to print. Raises OSError.

    way: one of FEEDBACK.
    """
    pages = out / "feedback"
    if way == "mail":
        target, told = out / "feedback-mail.csv", ["A line for each submission: ids, a short comment, its page."]
        data: bytes | str = mail_merge(marks, pages).encode("utf-8", "replace")
    else:
        target = out / f"feedback-{way}.zip"
        data, told = feedback_zip(way, marks, marks.uploads, pages)
    write_file(target, data)
    return [*told, f"To upload: {target}" if way != "mail" else f"For a mail merge or comment columns: {target}"]


class ClassFolder(Iterable[Mark]):
    """The marks in the folder that `grade class` wrote: summary.json and results/KEY.json, read one by one."""

    def __init__(self, folder: Path) -> None:
        """Read the summary. Raises GradebookError with a sentence, or OSError."""
        try:
            summary = json.loads((folder / "summary.json").read_bytes())
            rows = summary["marks"]
            self._known = [(_entry(row, folder), _lateness(row)) for row in rows]
            decisions, uploads = summary.get("decisions", {}), summary.get("uploads", {})
            self._decisions = {key: tuple(Decision(**one) for one in theirs) for key, theirs in decisions.items()}
            self.uploads = {key: tuple(names) for key, names in uploads.items()}
            """The names that each submission's files had in the download."""
        except FileNotFoundError:
            raise GradebookError(f"{folder} has no summary.json: grade class has not come to its end here.") from None
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise GradebookError(f"{folder}/summary.json is damaged. Run grade class again: {problem}.") from problem
        if summary.get("decided_by", "") != file_hash(folder):
            raise GradebookError(f"{folder}/decisions.csv has changed since grade class. Run that line again first.")
        self._store = Store(folder)

    def __iter__(self) -> Iterator[Mark]:
        lost = not_graded("There is no result that can be read. Run grade class again.")
        for entry, late in self._known:
            try:
                result = self._store.read(entry.key) or lost
            except ClassError as problem:
                raise GradebookError(str(problem)) from None
            yield Mark(entry, result, late, decisions=self._decisions.get(entry.key, ()))


def _entry(row: dict[str, Any], folder: Path) -> Entry:
    group, section = row.get("group") or "", row.get("section") or ""
    return Entry(row["key"], row["name"], folder, row["ids"], group=group, section=section)


def _lateness(row: dict[str, Any]) -> Lateness | None:
    if row.get("score_after_lateness") is None:
        return None
    return Lateness(row["days_late"], row["late_percent"], row["score_after_lateness"])
