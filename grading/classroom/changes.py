"""Whose mark changed since the previous run, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.entry import Mark
from grading.results.reading import marks_in_words
from grading.results.result import Result

_REASONS = {
    "submission": "another program was handed in",
    "suite": "the suite changed",
    "extra_tests": "the extra tests changed",
}


class Changes:
    """Collects changed marks. Call `add` for each mark, then `write`."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._changed = 0
        self._compared = 0

    def add(self, mark: Mark, old: Result | None) -> None:
        """Compare a mark with the result that this run has replaced; None if it has replaced none."""
        if old is None:
            return
        self._compared += 1
        entry, new = mark.entry, mark.result
        if _mark(old) != _mark(new):
            self._changed += 1
            self._lines.append(f"{entry.name} ({entry.key}): {_mark(old)} -> {_mark(new)}, because {_why(old, new)}")
            self._lines += [f"    {line}" for line in _tests(old, new)]

    def write(self, file: Path) -> Iterator[str]:
        """Write the changes to `file`, and yield a sentence for people; neither if no result is new. Raises OSError."""
        if self._compared:
            write_file(file, "".join(f"{line}\n" for line in self._lines).encode("utf-8", "replace"))
            yield f"{self._compared} results are new, {self._changed} marks changed: {file} says whose and why."


def _why(old: Result, new: Result) -> str:
    """Return what differs in what the marks depend on."""
    if not old.hashes:
        return "the grader itself had failed on it"
    reasons = [told for name, told in _REASONS.items() if old.hashes.get(name) != new.hashes.get(name)]
    packages = [
        f"{name} {old.versions.get(name, 'none')} -> {new.versions.get(name, 'none')}"
        for name in sorted(old.versions.keys() | new.versions.keys())
        if old.versions.get(name) != new.versions.get(name)
    ]
    if packages:
        reasons.append(f"the environment changed: {', '.join(packages)}")
    return " and ".join(reasons) or "it was graded again and came out otherwise"


def _mark(result: Result) -> str:
    return marks_in_words(result.score, result.max_score, result.bonus) if result.graded else "not graded"


def _tests(old: Result, new: Result) -> Iterator[str]:
    """Yield a line for each test that has another status or score."""
    before = {test.id: (test.status, test.score) for test in old.tests}
    after = {test.id: (test.status, test.score) for test in new.tests}
    for id in after | before:
        (was, lost), (now, won) = before.get(id, ("not there", 0)), after.get(id, ("not there", 0))
        if (was, lost) != (now, won):
            yield f"{id}: {was} -> {now} ({won - lost:+g})"
    if new.reason and new.reason != old.reason:
        yield " ".join(new.reason.split())
