"""Describe whose mark changed since the run before, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grading.classroom.record import Entry
from grading.results.reading import marks_in_words
from grading.results.result import Result

_REASONS = {
    "submission": "another program was handed in",
    "suite": "the suite changed",
    "extra_tests": "the extra tests changed",
}


def describe_changes(replaced: Iterable[tuple[Entry, Result, Result]]) -> tuple[list[str], int, int]:
    """Return lines for people, the number of marks that changed, and the number that were compared."""
    lines: list[str] = []
    changed = compared = 0
    for entry, old, new in replaced:
        compared += 1
        if _mark(old) != _mark(new):
            changed += 1
            lines.append(f"{entry.name} ({entry.key}): {_mark(old)} -> {_mark(new)}, because {why(old, new)}")
            lines += [f"    {line}" for line in _tests(old, new)]
    return lines, changed, compared


def why(old: Result, new: Result) -> str:
    """Name what changed of all that marks depend on."""
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
    before = {test.id: test for test in old.tests}
    after = {test.id: test for test in new.tests}
    for id in [*after, *(id for id in before if id not in after)]:
        was, now = before.get(id), after.get(id)
        if was is None or now is None or was.score != now.score or was.status != now.status:
            states = f"{was.status if was else 'not there'} -> {now.status if now else 'not there'}"
            yield f"{id}: {states} ({(now.score if now else 0) - (was.score if was else 0):+g})"
    if new.reason and new.reason != old.reason:
        yield " ".join(new.reason.split())
