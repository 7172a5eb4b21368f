"""Grade a class: each submission once, several at a time; what is known already is used again."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from grading.classroom.record import Entry
from grading.classroom.store import Basis, Store
from grading.result import Result, not_graded
from grading.steps import marks_own_tests
from grading.submission import SubmissionError, open_submission

_TICK = 0.2  # seconds between looks at Ctrl-C


class GradesOne(Protocol):
    """A Grader, or a cluster: `grade` may be called from up to `workers` threads."""

    workers: int

    def grade(self, path: Path) -> Result:
        """Grade one submission."""


@dataclass
class Plan:
    """What there is to do."""

    same: dict[str, list[Entry]] = field(default_factory=dict)
    """By the hash of their content: the entries that are one submission."""
    to_grade: list[str] = field(default_factory=list)
    """Hashes."""
    unreadable: int = 0


def make_plan(
    entries: Sequence[Entry],
    store: Store,
    basis: Basis,
    again: Callable[[Entry, Result | None], bool] = lambda entry, old: False,
    on_read: Callable[[], None] = lambda: None,
) -> Plan:
    """Read all submissions, keep results that are known without a grading, and list what must be graded.

    `again` says whether an entry is to be graded although its result is still true. Raises OSError for the store.
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


def grade_plan(
    plan: Plan,
    grader: GradesOne,
    store: Store,
    basis: Basis,
    on_done: Callable[[Result], None] = lambda result: None,
    on_stop: Callable[[], None] = lambda: None,
) -> bool:
    """Grade what the plan lists and keep each result at once. Returns whether all was done.

    After the first Ctrl-C (`on_stop` tells) what runs is finished, after the second it is dropped.
    Raises OSError for the store.
    """
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[str, Result]] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            try:
                submission = waiting.get_nowait()
            except queue.Empty:
                return
            finished.put((submission, _attempt(grader, plan.same[submission][0].path)))

    for submission in plan.to_grade:
        waiting.put(submission)
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(grader.workers, len(plan.to_grade)))]
    for thread in threads:
        thread.start()
    done = 0
    try:
        with _interrupts() as presses:
            while done < len(plan.to_grade) and len(presses) < 2:
                if presses and not stop.is_set():
                    stop.set()
                    on_stop()
                ended = not any(thread.is_alive() for thread in threads)
                try:
                    submission, result = finished.get(timeout=_TICK)
                except queue.Empty:
                    if ended:
                        break
                    continue
                _keep(store, basis, plan.same[submission], result)
                done += 1
                on_done(result)
    finally:
        stop.set()
    return done == len(plan.to_grade)


def _attempt(grader: GradesOne, path: Path) -> Result:
    """Grade; a fault of the grader's own is a result too, which no later run uses again, as it has no hashes."""
    try:
        return grader.grade(path)
    except Exception as problem:
        told = f"The grader itself failed ({type(problem).__name__}: {problem}). Run the same line again."
        return replace(not_graded(told, own_tests=marks_own_tests()), hashes={})


def _keep(store: Store, basis: Basis, same: Sequence[Entry], result: Result) -> None:
    if result.hashes and basis.extra_tests:
        result = replace(result, hashes=result.hashes | {"extra_tests": basis.extra_tests})
    for entry in same:
        store.write(entry.key, result)
        result = replace(result, duration_s=0)  # it was graded once


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collect Ctrl-C instead of raising it anywhere; in the main thread, where Python handles signals."""
    presses: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield presses
        return

    def press(number: int, frame: Any) -> None:
        presses.append(number)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield presses
    finally:
        signal.signal(signal.SIGINT, before)
