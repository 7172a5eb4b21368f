"""Grade what a plan lists: several submissions at a time, each result saved at once, progress shown, Ctrl-C obeyed."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from grading.classroom.entry import Entry
from grading.classroom.plan import Plan
from grading.classroom.store import Basis, Store
from grading.processes.processors import LATE
from grading.results.result import Result, not_graded
from grading.results.steps import marks_own_tests

_TICK = 0.2  # seconds between checks for Ctrl-C


class GradesOne(Protocol):
    """A Grader, or a cluster: `grade` may be called from up to `workers` threads."""

    workers: int
    spare: int
    """For how many that take long it may be called from one more thread each."""

    def grade(self, path: Path) -> Result:
        """Grade one submission."""


StartGrader = Callable[[], AbstractContextManager[GradesOne]]


def grade_planned(plan: Plan, store: Store, basis: Basis, start: StartGrader, console: Console) -> bool:
    """Grade what `plan` lists, with a progress bar. Returns False if it was stopped by Ctrl-C.

    Raises OSError for the store, and what `start` raises.
    """
    to_grade = plan.to_grade
    if not to_grade:
        return True
    paths = {submission: same.entries[0].path for submission, same in to_grade.items()}
    columns = (BarColumn(), MofNCompleteColumn(), "{task.fields[rate]}", TimeRemainingColumn(), "left")
    progress = Progress("{task.description}", *columns, console=console, speed_estimate_period=120)
    with progress, start() as grader, closing(_results(paths, grader, console)) as results:
        task = progress.add_task("Grading", total=len(to_grade), rate="")
        for submission, result in results:
            _save(store, basis, to_grade[submission].entries, result)
            progress.advance(task)
            speed = progress.tasks[-1].speed
            progress.update(task, rate=f"{60 * speed:.0f} a minute" if speed else "")
        return progress.finished


def _results(paths: dict[str, Path], grader: GradesOne, console: Console) -> Generator[tuple[str, Result], None, None]:
    """Yield each key of `paths` with the result of grading its path, in the order in which they finish.

    One that takes long, and so most likely waits, holds up no others: another one begins in its place. The first
    Ctrl-C waits for the submissions being graded, the second abandons them.
    """
    waiting = iter(paths.items())  # shared by the threads: next() hands out each item once
    finished: queue.SimpleQueue[tuple[str, Result] | None] = queue.SimpleQueue()
    stop = threading.Event()
    begun: dict[threading.Thread, float] = {}
    """When each thread began with its submission, but for those in whose place another one has begun."""

    def work() -> None:
        for submission, path in waiting:
            if stop.is_set():
                break
            begun[threading.current_thread()] = time.monotonic()
            finished.put((submission, _attempt(grader, path)))
            if begun.pop(threading.current_thread(), None) is None:
                break
        finished.put(None)

    def begin() -> None:
        threading.Thread(target=work, daemon=True).start()

    running = lanes = min(grader.workers, len(paths))
    for _ in range(lanes):
        begin()
    with _interrupts() as presses:
        try:
            while running and len(presses) < 2:
                if presses and not stop.is_set():
                    stop.set()
                    console.print("Stopping: what runs is finished first. Ctrl-C once more drops it.")
                with contextlib.suppress(queue.Empty):
                    if found := finished.get(timeout=_TICK):
                        yield found
                    else:
                        running -= 1
                late = [thread for thread, since in tuple(begun.items()) if time.monotonic() - since > LATE]
                for thread in late[: lanes + grader.spare - running]:
                    if begun.pop(thread, None) is not None:  # else it has just ended
                        begin()
                        running += 1
        finally:
            stop.set()


def _attempt(grader: GradesOne, path: Path) -> Result:
    """Grade; turn a crash of the grader into a result without hashes, which no later run uses again."""
    try:
        return grader.grade(path)
    except Exception as problem:
        told = f"The grader itself failed ({type(problem).__name__}: {problem}). Run the same line again."
        return replace(not_graded(told, own_tests=marks_own_tests()), hashes={})


def _save(store: Store, basis: Basis, identical: Sequence[Entry], result: Result) -> None:
    if result.hashes and basis.extra_tests:
        result = replace(result, hashes=result.hashes | {"extra_tests": basis.extra_tests})
    for entry in identical:
        store.write(entry.key, result)
        result = replace(result, duration_s=0)  # it was graded only once


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list instead of raising KeyboardInterrupt."""
    presses: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: presses.append(number))
    try:
        yield presses
    finally:
        signal.signal(signal.SIGINT, before)
