"""Grade a class: several submissions at a time, each result kept at once, progress shown, Ctrl-C obeyed."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from grading.classroom.plan import Again, Plan, make_plan
from grading.classroom.record import Entry
from grading.classroom.store import Basis, Store
from grading.results.result import Result, not_graded
from grading.results.steps import marks_own_tests

_TICK = 0.2  # seconds between looks at Ctrl-C


class GradesOne(Protocol):
    """A Grader, or a cluster: `grade` may be called from up to `workers` threads."""

    workers: int

    def grade(self, path: Path) -> Result:
        """Grade one submission."""


def grade_all(
    console: Console,
    entries: Sequence[Entry],
    store: Store,
    basis: Basis,
    again: Again,
    start: Callable[[], AbstractContextManager[GradesOne]],
) -> tuple[bool, Plan]:
    """Grade what must be, with two progress bars. Returns whether all was done, and the plan.

    Raises OSError for the store, and what `start` raises.
    """
    columns = (BarColumn(), MofNCompleteColumn(), "{task.fields[rate]}", TimeRemainingColumn(), "left")
    with Progress("{task.description}", *columns, console=console, speed_estimate_period=120) as progress:
        reading = progress.add_task("Reading", total=len(entries), rate="")
        plan = make_plan(entries, store, basis, again, lambda: progress.advance(reading))
        progress.remove_task(reading)
        console.print(str(plan), soft_wrap=True)
        if not plan.to_grade:
            return True, plan
        with start() as grader, closing(_results(plan, grader, console)) as results:
            task = progress.add_task("Grading", total=len(plan.to_grade), rate="")
            for submission, result in results:
                _keep(store, basis, plan.same[submission], result)
                progress.advance(task)
                speed = progress.tasks[-1].speed
                progress.update(task, rate=f"{60 * speed:.0f} a minute" if speed else "")
            return progress.finished, plan


def _results(plan: Plan, grader: GradesOne, console: Console) -> Generator[tuple[str, Result], None, None]:
    """Yield what the plan lists, each with its result.

    After the first Ctrl-C what runs is finished, after the second it is dropped.
    """
    waiting = iter(plan.to_grade)  # shared by the threads: a list's iterator gives each item once
    finished: queue.SimpleQueue[tuple[str, Result]] = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        for submission in waiting:
            if stop.is_set():
                return
            finished.put((submission, _attempt(grader, plan.same[submission][0].path)))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(grader.workers, len(plan.to_grade)))]
    for thread in threads:
        thread.start()
    left = len(plan.to_grade)
    with _interrupts() as presses:
        try:
            while left and len(presses) < 2:
                if presses and not stop.is_set():
                    stop.set()
                    console.print("Stopping: what runs is finished first. Ctrl-C once more drops it.")
                ended = not any(thread.is_alive() for thread in threads)
                try:
                    found = finished.get(timeout=_TICK)
                except queue.Empty:
                    if ended:
                        return
                    continue
                left -= 1
                yield found
        finally:
            stop.set()


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
    """Collect Ctrl-C instead of raising it anywhere."""
    presses: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: presses.append(number))
    try:
        yield presses
    finally:
        signal.signal(signal.SIGINT, before)
