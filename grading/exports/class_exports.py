"""Write the marks of a class in the formats that the instructor asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.csv_fields import GradebookError
from grading.classroom.entry import Entry, Lateness, Mark
from grading.classroom.store import Store
from grading.exports.canvas import fill_canvas
from grading.exports.gradescope import gradescope_results
from grading.exports.junit import junit_xml
from grading.exports.moodle import fill_moodle
from grading.results.result import not_graded

EACH: dict[str, tuple[str, Callable[[Mark, str], str]]] = {
    "gradescope": ("json", lambda mark, now: json.dumps(gradescope_results(mark.result), indent=1)),
    "junit": ("xml", lambda mark, now: junit_xml(mark.entry.key, mark.result, now)),
}
"""Format -> its files' ending, and the function that renders one, given the current time."""


def fill_gradebook(
    lms: str, source: Path, column: str | None, marks: Iterable[Mark], out: Path, scale: bool
) -> list[str]:
    """Fill a gradebook, and write it into the folder `out`. Returns sentences to print.

    source: the instructor's export from `lms`. column: see `fill_canvas` and `fill_moodle`. scale: see `fill`.
    Raises OSError, and GradebookError if it can't be filled; then nothing is written.
    """
    filled = {"canvas": fill_canvas, "moodle": fill_moodle}[lms](source.read_bytes(), marks, column, scale=scale)
    target = out / f"{lms}.csv"
    if target.exists() and target.samefile(source):
        raise GradebookError(f"{source} is where the new file goes. Move yours to another place first.")
    write_file(target, filled.data)
    return [*filled.sentences, f"To import: {target}"]


def write_each(name: str, marks: Iterable[Mark], out: Path) -> str:
    """Write a file for each submission into a folder below `out`. Returns a sentence to print. Raises OSError.

    name: of a format in EACH.
    """
    ending, text = EACH[name]
    now = datetime.now(UTC).isoformat()
    (out / name).mkdir(exist_ok=True)
    for mark in marks:
        write_file(out / name / f"{mark.entry.key}.{ending}", text(mark, now))
    return f"A file for each submission: {out / name}"


class ClassFolder(Iterable[Mark]):
    """The marks in the folder that `grade class` wrote: summary.json and results/KEY.json, read one by one."""

    def __init__(self, folder: Path) -> None:
        """Read the summary. Raises GradebookError with a sentence, or OSError."""
        try:
            rows = json.loads((folder / "summary.json").read_bytes())["marks"]
            self._known = [(_entry(row, folder), _lateness(row)) for row in rows]
        except FileNotFoundError:
            raise GradebookError(f"{folder} has no summary.json: grade class has not come to its end here.") from None
        except (ValueError, TypeError, KeyError) as problem:
            raise GradebookError(f"{folder}/summary.json is damaged. Run grade class again: {problem}.") from problem
        self._store = Store(folder)

    def __iter__(self) -> Iterator[Mark]:
        lost = not_graded("There is no result that can be read. Run grade class again.")
        for entry, late in self._known:
            yield Mark(entry, self._store.read(entry.key) or lost, late)


def _entry(row: dict[str, Any], folder: Path) -> Entry:
    group, section = row.get("group") or "", row.get("section") or ""
    return Entry(row["key"], row["name"], folder, row["ids"], group=group, section=section)


def _lateness(row: dict[str, Any]) -> Lateness | None:
    if row.get("score_after_lateness") is None:
        return None
    return Lateness(row["days_late"], row["late_percent"], row["score_after_lateness"])
