"""What there is to do for a class: who handed in the same, whose result is known already, what must be graded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grading.classroom.record import ClassError, Entry
from grading.classroom.store import Basis, Store
from grading.intake.submission import SubmissionError, open_submission
from grading.results.result import Result, not_graded
from grading.results.steps import marks_own_tests

Again = Callable[[Entry, Result | None], bool]
"""Whether an entry is to be graded although its result is still true."""


@dataclass
class Plan:
    """What there is to do."""

    same: dict[str, list[Entry]] = field(default_factory=dict)
    """By the hash of their content: the entries that are one submission."""
    to_grade: list[str] = field(default_factory=list)
    """Hashes."""
    unreadable: int = 0

    def __str__(self) -> str:
        graded = sum(len(self.same[submission]) for submission in self.to_grade)
        known = sum(map(len, self.same.values())) - graded
        return (
            f"To grade: {len(self.to_grade)}. Known from before: {known}. "
            f"Identical to one of them: {graded - len(self.to_grade)}. Not readable: {self.unreadable}."
        )

    def identical(self) -> list[list[str]]:
        """Return the keys of submissions with the same content, group by group; partners have handed in one."""
        groups = ({entry.path: entry.key for entry in reversed(same)} for same in self.same.values())
        return [sorted(group.values()) for group in groups if len(group) > 1]


def make_plan(entries: Sequence[Entry], store: Store, basis: Basis, again: Again, on_read: Callable[[], None]) -> Plan:
    """Read all submissions, keep results that are known without a grading, and list what must be graded.

    Raises OSError for the store.
    """
    plan = Plan()
    for entry in entries:
        submission, problem = _read(entry)
        if problem is None:
            plan.same.setdefault(submission, []).append(entry)
        else:
            plan.unreadable += 1
            store.write(entry.key, not_graded(problem, own_tests=marks_own_tests()))
        on_read()
    for submission, same in plan.same.items():
        known, missing, wanted = None, [], False
        for entry in same:
            old = store.read(entry.key)
            wanted = wanted or again(entry, old)
            if old is not None and basis.holds(old, submission):
                known = known or old
            else:
                missing.append(entry)
        if known is None or wanted:
            plan.to_grade.append(submission)
            continue
        for entry in missing:
            store.write(entry.key, known)
    return plan


def _read(entry: Entry) -> tuple[str, str | None]:
    """Return the submission's hash, or why there is none."""
    if entry.problem is not None:
        return "", entry.problem
    try:
        with open_submission(entry.path) as submission:
            return submission.sha256, None
    except SubmissionError as problem:
        return "", str(problem)
    except Exception as problem:  # a fault of ours; it must not stop the others
        return "", f"The grader could not read it ({type(problem).__name__}: {problem}). Please look at it by hand."


def graded_again(entries: Sequence[Entry], regrade: Sequence[str], store: Store) -> Again:
    """Return what --regrade means. Raises ClassError for somebody unknown, and for a test that no result has."""
    tests = [what.removeprefix("test:") for what in regrade if what.startswith("test:")]
    who = {what.casefold() for what in regrade if not what.startswith("test:")} - {"all", "not-graded"}
    if unknown := sorted(who.difference(*(entry.called for entry in entries))):
        raise ClassError(f"--regrade {unknown[0]}: no submission has this key, name or id. marks.csv lists them.")
    results = (store.read(entry.key) for entry in entries)
    known = {test.id for result in results if result for test in result.tests} if tests else set()
    if unknown := [id for id in tests if not any(id in other for other in known)]:
        raise ClassError(f"--regrade test:{unknown[0]}: no result has such a test. results/*.json have their ids.")

    def again(entry: Entry, old: Result | None) -> bool:
        if "all" in regrade or old is None:
            return "all" in regrade
        return (
            ("not-graded" in regrade and not old.graded)
            or bool(who & entry.called)
            or any(test.status != "passed" and any(id in test.id for id in tests) for test in old.tests)
        )

    return again
