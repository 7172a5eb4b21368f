"""Plan a class: take in each submission, and find out which are identical, which results still hold, what to grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from grading.classroom.entry import ClassError, Entry
from grading.classroom.store import Basis, Store
from grading.intake.submission import Contents, SubmissionError, digest, read_submission
from grading.results.result import Result, not_graded
from grading.results.steps import marks_own_tests


class Regrade:
    """The words of --regrade: whose result is not used again although it is valid."""

    def __init__(self, words: Iterable[str], entries: Iterable[Entry]) -> None:
        """words: all, not-graded, test:ID, or a key, name or id of one of `entries`; else raises ClassError."""
        words = [word.casefold() for word in words]
        self._tests = [word.removeprefix("test:") for word in words if word.startswith("test:")]
        self._unseen = set(self._tests)
        self._words = {word for word in words if not word.startswith("test:")}
        if unknown := sorted((self._words - {"all", "not-graded"}).difference(*(entry.names for entry in entries))):
            raise ClassError(f"--regrade {unknown[0]}: no submission has this key, name or id. marks.csv lists them.")

    def asks_for(self, entry: Entry, result: Result | None) -> bool:
        """Return whether to grade `entry` again. result: its result so far."""
        if result is None:
            return False
        tests = {test.id.casefold(): test.status for test in result.tests}
        self._unseen = {wanted for wanted in self._unseen if not any(wanted in id for id in tests)}
        return (
            "all" in self._words
            or ("not-graded" in self._words and not result.graded)
            or bool(self._words & entry.names)
            or any(status != "passed" and any(wanted in id for wanted in self._tests) for id, status in tests.items())
        )

    def check_tests(self) -> None:
        """Raise ClassError if no result that was looked at has a test that was named."""
        if self._unseen:
            told = "no result has such a test. results/*.json have their ids."
            raise ClassError(f"--regrade test:{min(self._unseen)}: {told}")


@dataclass
class Identical:
    """The entries whose submissions have the same content: one is graded for all."""

    entries: list[Entry] = field(default_factory=list)
    valid: list[str] = field(default_factory=list)
    """Keys of those that have a valid result."""
    regrade: bool = False

    @property
    def keys(self) -> list[str]:
        """The keys, sorted, one for each path: partners have handed in one submission, and are not identical."""
        return sorted({entry.path: entry.key for entry in reversed(self.entries)}.values())


@dataclass
class Plan:
    """What there is to do."""

    submissions: dict[str, Identical] = field(default_factory=dict)
    """By the hash of their content."""
    unreadable: int = 0

    @property
    def to_grade(self) -> list[str]:
        """Hashes of the submissions without a valid result, and of those to be graded again."""
        return [submission for submission, same in self.submissions.items() if same.regrade or not same.valid]

    def __str__(self) -> str:
        to_grade = self.to_grade
        graded = sum(len(self.submissions[submission].entries) for submission in to_grade)
        known = sum(len(same.entries) for same in self.submissions.values()) - graded
        return (
            f"To grade: {len(to_grade)}. Known from before: {known}. "
            f"Identical to one of them: {graded - len(to_grade)}. Not readable: {self.unreadable}."
        )

    def identical(self) -> list[list[str]]:
        """Return the keys of identical submissions, group by group."""
        return [same.keys for same in self.submissions.values() if len(same.keys) > 1]

    def names(self) -> dict[str, str]:
        """Return, by the hash of its content, the key that stands for a submission."""
        return {submission: same.keys[0] for submission, same in self.submissions.items()}


def make_plan(
    entries: Iterable[Entry],
    store: Store,
    basis: Basis,
    regrade: Regrade,
    on_content: Callable[[str, Contents], None] | None,
) -> Plan:
    """Take in all submissions, one at a time, and copy valid results to identical ones.

    on_content: called once with the hash and the files of each different content.
    Raises ClassError for `regrade`, and OSError for the store.
    """
    plan = Plan()
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
                on_content(submission, contents)
        same, result = plan.submissions[submission], store.read(entry.key)
        same.entries.append(entry)
        same.regrade |= regrade.asks_for(entry, result)
        if result is not None and basis.validates(result, submission):
            same.valid.append(entry.key)
    regrade.check_tests()
    for same in plan.submissions.values():
        if same.valid and not same.regrade:
            _share(same, store)
    return plan


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
