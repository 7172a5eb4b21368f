"""The results of a class on disk: one file a submission, written atomically, so that an interrupted run can go on.

DIR/results/KEY.json   the result; duration_s is 0, so that two runs can be compared byte for byte; and a checksum,
                       so that nobody's edit passes for the grader's own word
DIR/durations.csv      key and seconds, one line for each grading
DIR/before/KEY.json    during a run: the result that this run has replaced
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.entry import ClassError, Entry
from grading.results.result import CHECKSUM, Result, installed_versions, suite_hash


@dataclass(frozen=True)
class Basis:
    """What marks depend on besides the submission."""

    suite: str
    versions: dict[str, str]
    extra_tests: str = ""

    def validates(self, result: Result, submission: str) -> bool:
        """Return whether `result` can be used for the submission with this hash: nothing it depends on has changed."""
        extra = {"extra_tests": self.extra_tests} if self.extra_tests else {}
        hashes = {"submission": submission, "suite": self.suite, **extra}
        return result.hashes == hashes and result.versions == self.versions


def this_basis(extra_tests: str = "") -> Basis:
    """Return the basis of a grading now. extra_tests: their hash."""
    return Basis(suite_hash(), installed_versions(), extra_tests)


class ChangedByHandError(ClassError):
    """A file of results is not as it was written."""

    def __init__(self, keys: Iterable[str]) -> None:
        first, *others = keys
        more = f" and {len(others)} more ({', '.join(others[:5])})" if others else ""
        super().__init__(
            f"results/{first}.json{more} was changed by hand. Write marks that you decide into decisions.csv; to get "
            f"the grader's own again, run grade class with --regrade {first}."
        )


class Store:
    """The results in the folder `out`. All methods raise OSError if the disk is full or can't be used."""

    def __init__(self, out: Path) -> None:
        self.results = out / "results"
        self._before = out / "before"
        self._durations = out / "durations.csv"
        self.results.mkdir(parents=True, exist_ok=True)
        for left in self.results.glob(".*"):  # by a run that was killed while writing
            left.unlink()

    def read(self, key: str) -> Result | None:
        """Return the result of this key; None if there is none, or it is damaged. Raises ChangedByHandError."""
        data = _read(self.results / f"{key}.json")
        if data and data.get(CHECKSUM) not in (None, _checksum(data)):  # earlier versions wrote none
            raise ChangedByHandError([key])
        return _result(data)

    def replaced(self, key: str) -> Result | None:
        """Return the result that this run has replaced, even one changed by hand; None if there is none."""
        return _result(_read(self._before / f"{key}.json"))

    def write(self, key: str, result: Result) -> None:
        """Save a result, and keep the one that it replaces until `forget_replaced`."""
        file, before = self.results / f"{key}.json", self._before / f"{key}.json"
        fields = replace(result, duration_s=0).as_json()
        text = json.dumps(fields | {CHECKSUM: _checksum(fields)}, indent=1, ensure_ascii=False) + "\n"
        data = text.encode("utf-8", "replace")
        if file.exists() and not before.exists() and file.read_bytes() != data:
            self._before.mkdir(exist_ok=True)
            write_file(before, file.read_bytes())
        write_file(file, data)
        if result.duration_s:
            with self._durations.open("a", encoding="utf-8") as stream:
                stream.write(f"{key},{result.duration_s:.3f}\n")

    def strangers(self, entries: Iterable[Entry]) -> Iterator[str]:
        """Yield a sentence if there are results of nobody in this class."""
        keys = {file.stem for file in self.results.glob("*.json")} - {entry.key for entry in entries}
        if keys:
            shown = ", ".join(sorted(keys)[:5]) + (", …" if len(keys) > 5 else "")
            yield f"Left from before, of nobody in this download: {len(keys)} in {self.results.parent} ({shown})."

    def forget_replaced(self) -> None:
        """End the run."""
        shutil.rmtree(self._before, ignore_errors=True)


def _read(file: Path) -> dict[str, Any] | None:
    with contextlib.suppress(FileNotFoundError, ValueError, RecursionError):
        data = json.loads(file.read_bytes())
        return data if isinstance(data, dict) else None
    return None


def _result(data: dict[str, Any] | None) -> Result | None:
    with contextlib.suppress(ValueError):
        return Result.from_json(data) if data else None
    return None


def _checksum(fields: dict[str, Any]) -> str:
    """Return a hash of the fields, whatever an editor makes of blanks and line ends."""
    rest = {name: value for name, value in fields.items() if name != CHECKSUM}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
