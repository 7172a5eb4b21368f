"""Judge's side. Grade submissions from outside: a program's process holds neither tests nor results.

On Linux three fork servers are started once and used for every submission: the assignment's farm, which forks a
sandboxed child for each program, a pytest that has collected the suite and forks a judge for each (`judges`), and one
that forks a sandboxed pytest for students' own tests (`student_tests`). Elsewhere each submission gets new processes:
as right, but slow, and no sandbox.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from grading.intake.submission import Submission
from grading.judging.cold import DEADLINE, run_suite
from grading.judging.grade import grade_by
from grading.judging.judges import JudgeOrder, start_judges
from grading.judging.lines import GraderBroke, JudgeOutput, NoResult, OnTest, ignore
from grading.judging.student_tests import runs
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.reasons import NAME
from grading.judging.student_tests.scoring import STEP, Run, judge_own_tests
from grading.processes import spawned
from grading.processes.forkserver import FarmFailed, ForkServer
from grading.processes.processors import Processors
from grading.processes.python_process import PATIENCE, clean_environment
from grading.results.assignment import ASSIGNMENT
from grading.results.result import Result, TestResult
from grading.results.steps import marks_own_tests

_HAS_FARM = sys.platform == "linux"
_IN_FLIGHT = 2  # runs of one student's own tests at the same time
_TRIES = 3  # a farm or judge that was killed from outside is started anew


class SandboxMissing(Exception):
    """This machine gives no sandbox, and one was required."""


def start_farm() -> ForkServer:
    """Start the fork server of programs. Raises FarmFailed."""
    return ForkServer([ASSIGNMENT.farm], clean_environment(), "The farm did not start")


class _Servers:
    """The fork servers."""

    def __init__(self, extra_tests: Path | None, own_tests: bool) -> None:
        with contextlib.ExitStack() as stack:
            self.farm = start_farm()
            stack.callback(self.farm.close)
            self.judges = start_judges([ASSIGNMENT.tests, *([extra_tests] if extra_tests else [])])
            stack.callback(self.judges.close)
            self.programs = KnownPrograms(self.farm)
            stack.callback(self.programs.close)
            self.own_tests = runs.start_server() if own_tests else None
            if self.own_tests:
                stack.callback(self.own_tests.close)
            self.close = stack.pop_all().close

    def are_alive(self) -> bool:
        """Whether none of them has ended."""
        servers = (self.farm, self.judges, self.own_tests)
        return all(server.process.poll() is None for server in servers if server is not None)


class Grader:
    """A context manager; `grade` may be called from `workers` threads, and for each that takes long from one more."""

    def __init__(
        self,
        workers: int = os.cpu_count() or 1,
        *,
        extra_tests: Path | None = None,
        require_sandbox: bool = False,
        own_tests: bool = True,
        patience: float = PATIENCE,
    ) -> None:
        """Start nothing yet.

        Args:
            workers: how many submissions are graded at the same time.
            extra_tests: a folder of an instructor's own tests.
            require_sandbox: refuse to grade without one.
            own_tests: whether to judge students' own tests (step 9).
            patience: seconds that one answer of a program may take.
        """
        self.workers = self.spare = workers
        self._own_tests = own_tests and marks_own_tests()
        self._extra_tests = extra_tests
        self._require_sandbox = require_sandbox
        self._patience = patience
        self._lock = threading.Lock()
        self._servers: _Servers | None = None
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
        return self._running_servers().farm.isolation if _HAS_FARM else spawned.ISOLATION

    def close(self) -> None:
        """End the fork servers, and with them all that they started."""
        with self._lock:
            if self._servers is not None:
                self._servers.close()
                self._servers = None

    def processes(self) -> tuple[int, ...]:
        """Return the ids of the fork servers, started if need be: the farm's, the judges', and that of own tests."""
        servers = self._running_servers()
        own = (servers.own_tests.process.pid,) if servers.own_tests else ()
        return servers.farm.process.pid, servers.judges.process.pid, *own

    def grade(self, path: Path, *, step: int | None = None, on_test: OnTest = ignore) -> Result:
        """Grade one submission: a folder, one Python file or a zip file; `step` limits the suite to one step's tests.

        `on_test` is called with each result as it comes in. Raises FarmFailed if the fork servers had ended and do not
        start again, and nothing for what a submission is or does: see `grade.grade_by`.
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
            run = runs.cold(submission.folder, submission.folder.parent)
            return [*tests, *self._judge_own_tests(submission, step, run, on_test)], spawned.ISOLATION
        for attempt in range(_TRIES):
            try:
                servers = self._running_servers()
            except FarmFailed:
                if attempt == _TRIES - 1:
                    raise
                continue
            output, started, failed = JudgeOutput(), time.monotonic(), attempt > 0
            try:
                if step != STEP.number:
                    self._judge_warm(servers, submission, step, output, on_test)
                if output.complete or step == STEP.number:
                    own_tests = self._judge_own_tests_warm(servers, submission, step, on_test)
                    return [*output.tests, *own_tests], servers.farm.isolation
            except FarmFailed:
                failed = True
            if failed or not servers.are_alive():  # one judge that has ended by itself is no reason to disturb others
                self._restart(servers)
            if time.monotonic() - started > DEADLINE:  # the judge ended itself: it would do so again
                raise NoResult(f"The tests did not end within {DEADLINE:g} seconds.")
        raise GraderBroke(
            "The grader's own processes ended again and again. Is there enough memory? `grade doctor` may know. "
            "Then run the same line again."
        )

    def _judge_warm(
        self, servers: _Servers, submission: Submission, step: int | None, output: JudgeOutput, on_test: OnTest
    ) -> None:
        with servers.judges.attach() as judges, self._processors.one() as processor:
            order = JudgeOrder(str(submission.folder), str(submission.work), step, self._patience, processor)
            reader, writer = os.pipe()
            with os.fdopen(reader, "rb") as results:
                with os.fdopen(writer, "wb"), servers.farm.attach() as farm:  # from then on these are the judge's
                    judges.launch(order, [writer, farm.fileno()])
                output.read(results, DEADLINE * 3, on_test)

    def _judge_own_tests_warm(
        self, servers: _Servers, submission: Submission, step: int | None, on_test: OnTest
    ) -> list[TestResult]:
        if servers.own_tests is None:
            return []
        folder = submission.folder
        with runs.on_farms(servers.programs, servers.own_tests, folder, folder.parent) as run:
            return self._judge_own_tests(submission, step, run, on_test)

    def _judge_own_tests(self, submission: Submission, step: int | None, run: Run, on_test: OnTest) -> list[TestResult]:
        if not self._own_tests or step not in (None, STEP.number):
            return []
        # Of the two processes of a run one waits for the other, so some runs at once keep the processors busy.
        if _HAS_FARM:
            return judge_own_tests(submission.folder / NAME, run, on_test, workers=_IN_FLIGHT)
        spare = 1 if self.workers > 1 else min(os.cpu_count() or 1, 8)
        return judge_own_tests(submission.folder / NAME, run, on_test, workers=spare, budget=runs.COLD_BUDGET)

    def _running_servers(self) -> _Servers:
        with self._lock:
            if self._servers is None:
                self._servers = _Servers(self._extra_tests, self._own_tests)
            return self._servers

    def _restart(self, broken: _Servers) -> None:
        """Forget these processes, unless another thread has done so; the next submission starts new ones."""
        with self._lock:
            if self._servers is broken:
                broken.close()
                self._servers = None
