"""Plan a class: take in each submission, and find out which are identical, which results still hold, what to grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from grading.classroom.entry import ClassError, Entry
from grading.classroom.store import Basis, ChangedByHandError, Store
from grading.intake.submission import Contents, SubmissionError, digest, read_submission
from grading.results.result import Result, not_graded
from grading.results.steps import marks_own_tests


class Regrade:
    """The words of --regrade: whose result is not used again although it is valid."""

    def __init__(self, words: Iterable[str], entries: Iterable[Entry]) -> None:
        """words: all, not-graded, test:ID, or a key, name or id of one of `entries`; else raises ClassError."""
        words = {word.casefold() for word in words}
        self._tests = self.unseen = {word.removeprefix("test:") for word in words if word.startswith("test:")}
        """`unseen`: tests that no result so far has."""
        self._who = {word for word in words if not word.startswith("test:")}
        if unknown := sorted((self._who - {"all", "not-graded"}).difference(*(entry.names for entry in entries))):
            raise ClassError(f"--regrade {unknown[0]}: no submission has this key, name or id. marks.csv lists them.")

    def names(self, entry: Entry) -> bool:
        """Return whether to grade `entry` again whatever its result is."""
        return bool(self._who & {"all", *entry.names})

    def asks_for(self, entry: Entry, result: Result) -> bool:
        """Return whether to grade `entry` again. result: its result so far."""
        tests = {test.id.casefold(): test.status for test in result.tests}
        self.unseen = {wanted for wanted in self.unseen if not any(wanted in id for id in tests)}
        not_graded = not result.graded and "not-graded" in self._who
        not_passed = [id for id, status in tests.items() if status != "passed"]
        return not_graded or self.names(entry) or any(wanted in id for wanted in self._tests for id in not_passed)


@dataclass
class Identical:
    """The entries whose submissions have the same content: one is graded for all."""

    entries: list[Entry] = field(default_factory=list)
    valid: list[str] = field(default_factory=list)
    """Keys of those that have a valid result."""
    regrade: bool = False

    @property
    def keys(self) -> list[str]:
        """The keys, sorted, one for each path and group: partners hand in one submission, and are not identical."""
        return sorted({entry.group or entry.path: entry.key for entry in reversed(self.entries)}.values())


@dataclass
class Plan:
    """What there is to do."""

    submissions: dict[str, Identical] = field(default_factory=dict)
    """By the hash of their content."""
    unreadable: int = 0

    @property
    def to_grade(self) -> dict[str, Identical]:
        """The submissions without a valid result, and those to be graded again."""
        return {hash: same for hash, same in self.submissions.items() if same.regrade or not same.valid}

    @property
    def identical(self) -> list[list[str]]:
        """The keys of identical submissions, group by group."""
        return [same.keys for same in self.submissions.values() if len(same.keys) > 1]

    def waiting(self, store: Store, basis: Basis) -> set[str]:
        """Return the keys without a valid result: after a run that was stopped, those that it did not come to."""
        return {
            entry.key
            for submission, same in self.submissions.items()
            for entry in same.entries
            if not ((result := store.read(entry.key)) and basis.validates(result, submission))
        }

    def __str__(self) -> str:
        first, all_of_them = len(self.to_grade), sum(len(same.entries) for same in self.submissions.values())
        graded = sum(len(same.entries) for same in self.to_grade.values())
        return (
            f"To grade: {first}. Known from before: {all_of_them - graded}. "
            f"Identical to one of them: {graded - first}. Not readable: {self.unreadable}."
        )


def make_plan(
    entries: Iterable[Entry],
    store: Store,
    basis: Basis,
    regrade: Regrade,
    on_content: Callable[[str, Contents], None] | None,
) -> Plan:
    """Take in all submissions, one at a time, and copy valid results to identical ones.

    on_content: called once for each different content, with the key of its first entry and the files.
    Raises ClassError for `regrade` and for results that were changed by hand, and OSError for the store.
    """
    plan, by_hand = Plan(), list[str]()
    for entry in entries:
        contents = _contents(entry)
        if isinstance(contents, str):
            plan.unreadable += 1
            store.write(entry.key, not_graded(contents, own_tests=marks_own_tests()))
            continue
        submission = digest(contents)
        if submission not in plan.submissions:
            plan.submissions[submission] = Identical()
            if on_content:
                on_content(entry.key, contents)
        same = plan.submissions[submission]
        same.entries.append(entry)
        try:
            result = store.read(entry.key)
        except ChangedByHandError:
            result, same.regrade = None, same.regrade or regrade.names(entry)
            by_hand += [] if regrade.names(entry) else [entry.key]
        if result:
            same.regrade |= regrade.asks_for(entry, result)
            same.valid += [entry.key] * basis.validates(result, submission)
    if by_hand:
        raise ChangedByHandError(by_hand)
    if regrade.unseen:
        told = "no result has such a test. results/*.json have their ids."
        raise ClassError(f"--regrade test:{min(regrade.unseen)}: {told}")
    for same in plan.submissions.values():
        if same.valid and not same.regrade:
            _share(same, store)
    return plan


def files_of(entry: Entry) -> Contents:
    """Return the files of a submission; none if it can't be graded."""
    contents = _contents(entry)
    return {} if isinstance(contents, str) else contents


def _contents(entry: Entry) -> Contents | str:
    """Return the files of a submission, or why it can't be graded."""
    if entry.problem is not None:
        return entry.problem
    try:
        return read_submission(entry.path)
    except SubmissionError as problem:
        return str(problem)
    except Exception as problem:  # our bug; it must not stop the others
        return f"The grader could not read it ({type(problem).__name__}: {problem}). Please look at it by hand."


def _share(same: Identical, store: Store) -> None:
    """Give the valid result to those that have none."""
    valid = set(same.valid)
    missing = [entry.key for entry in same.entries if entry.key not in valid]
    if missing and (result := store.read(same.valid[0])):
        for key in missing:
            store.write(key, result)
