"""Write the marks of a class in the formats that the instructor asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.record import Entry, Lateness, Mark
from grading.exports.canvas import fill_canvas
from grading.exports.github_classroom import RUNNERS, runner_result
from grading.exports.gradebook import Filled, GradebookError
from grading.exports.gradescope import gradescope_results
from grading.exports.junit import junit_xml
from grading.exports.moodle import fill_moodle
from grading.result import Result, not_graded


@dataclass(frozen=True)
class ExportOptions:
    """What is asked for; the files are the instructor's own, exported from Canvas and downloaded from Moodle."""

    canvas: Path | None = None
    canvas_column: str | None = None
    moodle: Path | None = None
    moodle_grade_column: str | None = None
    scale: bool = False
    """Whether marks are multiplied where the LMS has other points than the kit."""
    each: tuple[str, ...] = ()
    """Formats with a file for each submission: names of EACH."""


def _gradescope(mark: Mark, now: str) -> str:
    return json.dumps(gradescope_results(mark.result), indent=1)


def _github(mark: Mark, now: str) -> str:
    return json.dumps({runner: runner_result(mark.result, step) for runner, step in RUNNERS.items()}, indent=1)


def _junit(mark: Mark, now: str) -> str:
    return junit_xml(mark.entry.key, mark.result, now)


EACH: dict[str, tuple[str, Callable[[Mark, str], str]]] = {
    "gradescope": ("json", _gradescope),
    "github": ("json", _github),
    "junit": ("xml", _junit),
}
"""Format -> ending of its files, and what writes one."""


def write_exports(marks: Iterable[Mark], out: Path, options: ExportOptions) -> list[str]:
    """Write canvas.csv, moodle.csv and a folder for each of `options.each` into `out`.

    `marks` is gone through more than once, one mark at a time. Returns sentences for the instructor. Raises OSError,
    and CsvError or GradebookError if a file of theirs can't be filled; then nothing of it was written.
    """
    told: list[str] = []
    if options.canvas is not None:
        filled = fill_canvas(options.canvas.read_bytes(), marks, options.canvas_column, scale=options.scale)
        told += _written(filled, options.canvas, out / "canvas.csv")
    if options.moodle is not None:
        filled = fill_moodle(options.moodle.read_bytes(), marks, options.moodle_grade_column, scale=options.scale)
        told += _written(filled, options.moodle, out / "moodle.csv")
    now = datetime.now(timezone.utc).isoformat()
    for name in options.each:
        ending, text = EACH[name]
        (out / name).mkdir(exist_ok=True)
        for mark in marks:
            write_file(out / name / f"{mark.entry.key}.{ending}", text(mark, now))
        told.append(f"A file for each submission: {out / name}")
    return told


def _written(filled: Filled, source: Path, target: Path) -> list[str]:
    if target.exists() and target.samefile(source):
        raise GradebookError(f"{source} is where the new file goes. Move yours to another place first.")
    write_file(target, filled.data)
    return [*filled.sentences, f"To import: {target}"]


class ClassFolder(Iterable[Mark]):
    """The marks in the folder that `grade class` wrote: summary.json and results/KEY.json, read one by one."""

    def __init__(self, folder: Path) -> None:
        """Read the summary. Raises GradebookError with a sentence, or OSError."""
        self._results = folder / "results"
        try:
            self._rows: list[dict[str, Any]] = json.loads((folder / "summary.json").read_bytes())["marks"]
            self._entries = [Entry(row["key"], row["name"], folder, row["ids"]) for row in self._rows]
        except (ValueError, TypeError, KeyError) as problem:
            raise GradebookError(f"{folder}/summary.json is damaged. Run grade class again: {problem}.") from problem

    def __iter__(self) -> Iterator[Mark]:
        for row, entry in zip(self._rows, self._entries, strict=True):
            late = None
            if row.get("score_after_lateness") is not None:
                late = Lateness(row["days_late"], row["late_percent"], row["score_after_lateness"])
            yield Mark(entry, self._result(entry.key), late)

    def _result(self, key: str) -> Result:
        try:
            return Result.from_json(json.loads((self._results / f"{key}.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return not_graded("There is no result that can be read. Run grade class again.")
