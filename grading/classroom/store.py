"""The results of a class on the disk: one file a submission, whole or not there, so that a stopped run can go on.

DIR/results/KEY.json   the result; duration_s is 0, so that two runs can be compared byte for byte
DIR/durations.csv      key and seconds, a line for each grading
DIR/before/KEY.json    while a run is on: the result that this run has replaced
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.record import Entry
from grading.results.result import Result, installed_versions, suite_hash


@dataclass(frozen=True)
class Basis:
    """What marks depend on beside the submission: a result is used again only while this is the same."""

    suite: str
    versions: dict[str, str]
    extra_tests: str = ""

    def holds(self, result: Result, submission: str) -> bool:
        """Return whether `result` is still true for this submission's hash."""
        extra = {"extra_tests": self.extra_tests} if self.extra_tests else {}
        hashes = {"submission": submission, "suite": self.suite, **extra}
        return bool(submission) and result.hashes == hashes and result.versions == self.versions


def this_basis(extra_tests: str = "") -> Basis:
    """Return the basis of a grading now, with this suite and these packages."""
    return Basis(suite_hash(), installed_versions(), extra_tests)


class Store:
    """The results in the folder `out`. All methods raise OSError if the disk does not play along."""

    def __init__(self, out: Path) -> None:
        self.results = out / "results"
        self._before = out / "before"
        self._durations = out / "durations.csv"
        self.results.mkdir(parents=True, exist_ok=True)
        for left in self.results.glob(".*"):  # of a run that was killed while it wrote
            left.unlink()

    def read(self, key: str) -> Result | None:
        """Return the result of this key; None if there is none that can be read."""
        return _read(self.results / f"{key}.json")

    def write(self, key: str, result: Result) -> None:
        """Keep a result, and the first one that it replaces in this run."""
        file, before = self.results / f"{key}.json", self._before / f"{key}.json"
        text = json.dumps(replace(result, duration_s=0).as_json(), indent=1, ensure_ascii=False) + "\n"
        if file.exists() and not before.exists() and file.read_bytes() != text.encode("utf-8", "replace"):
            self._before.mkdir(exist_ok=True)
            write_file(before, file.read_bytes())
        write_file(file, text.encode("utf-8", "replace"))
        if result.duration_s:
            with self._durations.open("a", encoding="utf-8") as stream:
                stream.write(f"{key},{result.duration_s:.3f}\n")

    def strangers(self, entries: Iterable[Entry]) -> Iterator[str]:
        """Yield a sentence if there are results of nobody in this class."""
        keys = {file.stem for file in self.results.glob("*.json")} - {entry.key for entry in entries}
        if keys:
            shown = ", ".join(sorted(keys)[:5]) + (", …" if len(keys) > 5 else "")
            yield f"Left from before, of nobody in this download: {len(keys)} in {self.results.parent} ({shown})."

    def replaced(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Result, Result]]:
        """Yield each entry whose result this run has replaced, with the old and the new one."""
        for entry in entries:
            old, new = _read(self._before / f"{entry.key}.json"), self.read(entry.key)
            if old is not None and new is not None:
                yield entry, old, new

    def forget_replaced(self) -> None:
        """End the run."""
        shutil.rmtree(self._before, ignore_errors=True)


def _read(file: Path) -> Result | None:
    with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
        data = json.loads(file.read_bytes())
        return Result.from_json(data) if isinstance(data, dict) else None
    return None
