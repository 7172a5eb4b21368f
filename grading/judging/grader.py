"""Grade submissions from outside: the program runs in a process that holds neither tests nor results.

On Linux warm processes are started once and used again and again: a farm, which forks a sandboxed child for each
submission (`farm`), a pytest that has collected the suite and forks a judge for each (`judge`), and a farm for
students' own tests (`own_tests`). Elsewhere all are started anew for each submission: as right, but slow, no sandbox.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from grading import KIT
from grading.intake.submission import Submission
from grading.judging.judge import Judges
from grading.judging.judge_output import Judged, NoResult, OnTest, ignore
from grading.judging.student_tests import runs as own_tests_processes
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.scoring import NAME, STEP, Run, judge_own_tests
from grading.judging.subprocess import DEADLINE, grade_by, run_suite
from grading.processes import spawned as cold_program
from grading.processes.forkserver import Farm, FarmFailed
from grading.processes.processors import Processors
from grading.results.result import Result, TestResult
from grading.results.steps import marks_own_tests
from grading.webapp.farm import app_farm, clean_environment
from grading.webapp.remote import PATIENCE

_HAS_FARM = sys.platform == "linux"
_TRIES = 3  # a farm or judge that was killed from outside is started anew


class SandboxMissing(Exception):
    """This machine gives no sandbox, and one was required."""


class _Warm:
    """The warm processes."""

    def __init__(self, extra_tests: Path | None, own_tests: bool) -> None:
        with contextlib.ExitStack() as stack:
            self.farm = app_farm()
            stack.callback(self.farm.close)
            self.judges = Judges([KIT / "tests", *([extra_tests] if extra_tests else [])])
            stack.callback(self.judges.close)
            self.own_tests = Farm("grading.judging.student_tests.worker", clean_environment()) if own_tests else None
            self.programs = KnownPrograms(self.farm)
            stack.callback(self.programs.close)
            if self.own_tests:
                stack.callback(self.own_tests.close)
            self.close = stack.pop_all().close


class Grader:
    """A context manager; `grade` may be called from up to `workers` threads at the same time."""

    def __init__(
        self,
        workers: int = os.cpu_count() or 1,
        *,
        extra_tests: Path | None = None,
        require_sandbox: bool = False,
        own_tests: bool = True,
        patience: float = PATIENCE,
    ) -> None:
        """Take how many threads will grade, an instructor's own tests, and whether to judge students' own (step 9).

        `patience` is in seconds, for one answer of a program.
        """
        self.workers = workers
        self._own_tests = own_tests and marks_own_tests()
        self._extra_tests = extra_tests
        self._require_sandbox = require_sandbox
        self._patience = patience
        self._lock = threading.Lock()
        self._warm: _Warm | None = None
        self._processors = Processors(workers)

    def __enter__(self) -> Grader:
        """Start. Raises SandboxMissing."""
        if self.isolation["mode"] != "sandbox" and self._require_sandbox:
            self.close()
            raise SandboxMissing("This machine gives no sandbox: `grade doctor` says why, and what to do.")
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def isolation(self) -> dict[str, Any]:
        """How well programs are kept from their judges; what each result says."""
        return self._warm_processes().farm.isolation if _HAS_FARM else cold_program.ISOLATION

    def close(self) -> None:
        """End the warm processes, and with them all that they started."""
        with self._lock:
            if self._warm is not None:
                self._warm.close()
                self._warm = None

    def processes(self) -> tuple[int, ...]:
        """Return the ids of the warm processes, started if need be: the farm's, the judges', and the other farm's."""
        warm = self._warm_processes()
        own = (warm.own_tests.process.pid,) if warm.own_tests else ()
        return warm.farm.process.pid, warm.judges.process.pid, *own

    def grade(self, path: Path, *, step: int | None = None, on_test: OnTest = ignore) -> Result:
        """Grade one submission: a folder, one Python file or a zip file; `step` limits the suite to one step's tests.

        `on_test` is called with each result as it comes in. Never raises, see `run.grade_by`.
        """
        return grade_by(path, lambda given: self._judge(given, step, on_test), own_tests=self._own_tests)

    def _judge(
        self, submission: Submission, step: int | None, on_test: OnTest
    ) -> tuple[list[TestResult], dict[str, Any]]:
        if not _HAS_FARM:
            options = ["--work", str(submission.work), "--patience", str(self._patience)]
            extra, deadline = self._extra_tests, DEADLINE * 2
            tests = []
            if step != STEP.number:
                tests = run_suite(
                    submission.folder, options, step=step, extra_tests=extra, deadline=deadline, on_test=on_test
                )
            run = own_tests_processes.cold(submission.folder, submission.folder.parent)
            return [*tests, *self._judge_own_tests(submission, step, run, on_test)], cold_program.ISOLATION
        for _ in range(_TRIES):
            judged, started = Judged(), time.monotonic()
            try:
                warm = self._warm_processes()
                if step != STEP.number:
                    self._judge_warm(warm, submission, step, judged, on_test)
                if judged.complete or step == STEP.number:
                    return [*judged.tests, *self._own_tests_warm(warm, submission, step, on_test)], warm.farm.isolation
            except FarmFailed:
                pass
            self._restart(warm)
            if time.monotonic() - started > DEADLINE:  # the judge ended itself: it would do so again
                raise NoResult(f"The tests did not end within {DEADLINE:g} seconds.")
        raise NoResult(
            "The grader's own processes ended again and again. Is there enough memory? `grade doctor` may know."
        )

    def _judge_warm(
        self, warm: _Warm, submission: Submission, step: int | None, judged: Judged, on_test: OnTest
    ) -> None:
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as results, self._processors.one() as processor:
            order = {
                "submission": str(submission.folder),
                "work": str(submission.work),
                "step": step,
                "patience": self._patience,
                "processor": processor,
            }
            try:
                with warm.farm.attach() as farm:
                    warm.judges.start(order, writer, farm)
            finally:
                os.close(writer)
            judged.read(results, DEADLINE * 3, on_test)

    def _own_tests_warm(
        self, warm: _Warm, submission: Submission, step: int | None, on_test: OnTest
    ) -> list[TestResult]:
        if warm.own_tests is None:
            return []
        folder = submission.folder
        with own_tests_processes.on_farms(warm.programs, warm.own_tests, folder, folder.parent) as run:
            return self._judge_own_tests(submission, step, run, on_test)

    def _judge_own_tests(self, submission: Submission, step: int | None, run: Run, on_test: OnTest) -> list[TestResult]:
        if not self._own_tests or step not in (None, STEP.number):
            return []
        # A class uses all processors already; a container for one submission may have little memory.
        spare = 1 if self.workers > 1 else min(os.cpu_count() or 1, 2 if _HAS_FARM else 8)
        return judge_own_tests(submission.folder / NAME, run, on_test, workers=spare)

    def _warm_processes(self) -> _Warm:
        with self._lock:
            if self._warm is None:
                self._warm = _Warm(self._extra_tests, self._own_tests)
            return self._warm

    def _restart(self, broken: _Warm) -> None:
        """Forget these processes, unless another thread has done so; the next submission starts new ones."""
        with self._lock:
            if self._warm is broken:
                broken.close()
                self._warm = None
