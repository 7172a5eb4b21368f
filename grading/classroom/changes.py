"""Whose mark changed since the previous run, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.decision import told
from grading.classroom.entry import Mark
from grading.classroom.final import final
from grading.results.reading import marks_in_words
from grading.results.result import Result

_REASONS = {
    "submission": "another program was handed in",
    "suite": "the suite changed",
    "extra_tests": "the extra tests changed",
}


class Changes:
    """Collects changed marks. Call `add` for each mark, then `write`."""

    def __init__(self, decided: Mapping[str, str] | None = None) -> None:
        """decided: what was decided before this run, by key; see `outputs.read_decided`."""
        self._decided = decided or {}
        self._decisions = 0
        self._lines: list[str] = []
        self._changed = 0
        self._compared = 0

    def add(self, mark: Mark, old: Result | None) -> None:
        """Compare a mark with the result that this run has replaced; None if it has replaced none."""
        self._add_decisions(mark)
        if old is None:
            return
        self._compared += 1
        entry, new = mark.entry, mark.result
        if _mark(old) != _mark(new):
            self._changed += 1
            self._lines.append(f"{entry.name} ({entry.key}): {_mark(old)} -> {_mark(new)}, because {_why(old, new)}")
            self._lines += [f"    {line}" for line in _tests(old, new)]

    def write(self, file: Path) -> Iterator[str]:
        """Write the changes to `file`, and yield sentences for people; neither if nothing is new. Raises OSError."""
        if self._compared or self._decisions:
            write_file(file, "".join(f"{line}\n" for line in self._lines).encode("utf-8", "replace"))
        if self._decisions:
            yield f"Decisions changed for {self._decisions}: {file} says whose."
        if self._compared:
            yield f"{self._compared} results are new, {self._changed} marks changed: {file} says whose and why."

    def _add_decisions(self, mark: Mark) -> None:
        now, before = told(mark.decisions), self._decided.get(mark.entry.key, "")
        if now == before:
            return
        self._decisions += 1
        counts = final(mark)
        said = marks_in_words(counts.marks, counts.most, counts.bonus) if counts else "not graded"
        self._lines.append(f"{mark.entry.name} ({mark.entry.key}): by people's decision, what counts is {said}")
        self._lines += [f"    {decision}" for decision in mark.decisions] or [f"    no longer: {before}"]


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
