"""Run the suite on one program and tell the grader what came out, one JSON object a line:

    {"collected": ["id", …]}    which tests will run
    {"test": {…}}               a result, as soon as it is known
    {"done": true}              the suite came to its end

`python -m grading.judging.judge FOLDER [TEST_FILE …]` judges once, with the program in this same process, and writes to
standard output: quick to debug, and forgeable. With `--work FOLDER` before these, the program runs in another process,
in that folder. `Judges` is a warm pytest that has collected the suite and forks for each submission (Linux); the
program then runs in another process: see `app_outside`.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, TypeVar

import pytest

from grading import KIT
from grading.judging.subprocess import DEADLINE
from grading.processes import spawned as cold_program
from grading.processes.channel import Program
from grading.processes.forkserver import FarmFailed, WarmProcess, launch
from grading.processes.orders import receive_order, send_order
from grading.processes.python_process import judge_environment
from grading.results.result import TestResult
from grading.suite.bare_pytest import BARE
from grading.suite.recorder import Recorder, step_number
from grading.webapp.farm import clean_environment
from grading.webapp.remote import PATIENCE, Outside

T = TypeVar("T")
FARM_FAILED = 75  # EX_TEMPFAIL in sysexits.h: the submission may be graded again


class Announcer:
    """Writes lines to the grader; a pytest plugin for the one hook that it needs."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.recorder = Recorder(lambda result: self.send(test=asdict(result)))

    def send(self, **message: object) -> None:
        """Write one line at once."""
        if self.stream is not None:
            self.stream.write(json.dumps(message) + "\n")
            self.stream.flush()

    def begin(self, session: pytest.Session, stream: TextIO, steps: Collection[int] | None) -> None:
        """Announce to `stream` from now on, in a copy of a pytest that has collected; `steps` limit the tests."""
        self.stream = stream
        if steps is not None:
            session.items[:] = [item for item in session.items if step_number(item) in steps]
        self.recorder.pytest_collection_finish(session)
        self.pytest_collection_finish()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Tell which tests will run."""
        self.send(collected=self.recorder.collected)


def judge(
    folder: str, test_files: list[str], stream: TextIO, *plugins: object, trace: bool = False
) -> list[TestResult]:
    """Run the tests on `folder`/main.py in this process, write the lines to `stream`, and return the results."""
    announcer = Announcer(stream)
    run_pytest(folder, test_files, [announcer.recorder, announcer, *plugins], trace)
    announcer.send(done=True)
    return announcer.recorder.results


def run_pytest(folder: str, test_files: Sequence[str], plugins: list[object], trace: bool = False) -> None:
    """Run pytest on `folder` in this process, without what else it could pick up on this computer."""
    options = ["--app", folder, *(["--app-trace"] if trace else []), *BARE, "-pno:unittest"]
    pytest.main([*test_files, *options], plugins=plugins)


class Judges(WarmProcess):
    """The grader's handle of a warm pytest that forks a judge for each submission."""

    def __init__(self, tests: Sequence[Path]) -> None:
        """Start it, for the tests in these files and folders. Raises FarmFailed."""
        files = [str(path.resolve()) for path in tests]
        arguments = ["grading.judging.judge", "--serve", str(KIT / "tests"), *files]
        super().__init__(arguments, judge_environment(), "The suite could not be collected")

    def start(self, order: dict[str, Any], results: int, farm: socket.socket) -> None:
        """Fork a judge that carries out `order` (see `_Server`), writes to `results`, and uses this farm.

        Raises FarmFailed.
        """
        try:
            send_order(self._control, order, [results, farm.fileno()])
        except OSError as problem:
            raise FarmFailed(f"The judges' process has ended: {problem.strerror}") from None


class _Server:
    """Inside the warm pytest: a plugin whose run loop waits for orders and forks.

    An order is {"submission", "work", "step": number or null, "patience": seconds, "processor": number or null},
    with two open files: where to write results, and the connection to the farm.
    """

    def __init__(self, control: socket.socket, announcer: Announcer) -> None:
        self._control = control
        self._announcer = announcer

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Return in a forked judge only, where pytest then runs the collected tests."""
        # Here, so that no judge needs to import them.
        from grading import sandbox  # noqa: F401
        from grading.webapp import live_server  # noqa: F401

        for item in session.items:
            item.location  # noqa: B018  # is found out once, before the forks
        gc.collect()
        gc.disable()  # a judge lives for a second
        send_order(self._control, {"collected": len(session.items)})
        while True:
            try:
                order, (results, farm) = receive_order(self._control)
            except (OSError, EOFError):
                os._exit(0)
            reap()
            if os.fork() == 0:
                self._become_judge(session, order, results, farm)
                return
            os.close(results)
            os.close(farm)

    def _become_judge(self, session: pytest.Session, order: dict[str, Any], results: int, farm: int) -> None:
        from grading.sandbox import kernel
        from grading.suite.plugin import RUNNING

        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        self._control.close()
        if order["processor"] is not None:
            os.sched_setaffinity(0, [order["processor"]])
        # What uvicorn says of a broken answer, with a traceback, is not for the instructor's terminal.
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())
        # Whatever hangs in the suite itself: a thread of the C library's ends this process.
        faulthandler.dump_traceback_later(DEADLINE * 2, exit=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        steps = None if order["step"] is None else [order["step"]]
        self._announcer.begin(session, os.fdopen(results, "w", encoding="utf-8"), steps)
        connection = socket.socket(fileno=farm)
        submission, work = Path(order["submission"]), Path(order["work"])

        def start() -> Program:
            program = _or_give_up(lambda: launch(connection, submission, work, order["processor"]))
            return Program(program.channel, lambda patience: _or_give_up(lambda: program.end(patience)))

        session.config.stash[RUNNING] = Outside(start, DEADLINE, order["patience"]).running


def _or_give_up(work: Callable[[], T]) -> T:
    """Do what needs the farm; without one nothing can be said about the program, so end this judge."""
    try:
        return work()
    except FarmFailed:
        os._exit(FARM_FAILED)


def reap() -> None:
    """Let go of the child processes that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class _Cold:
    """A plugin: the program runs in another process, started for this run alone."""

    def __init__(self, submission: Path, work: Path, patience: float) -> None:
        self._outside = Outside(lambda: cold_program.launch(submission, work, clean_environment()), DEADLINE, patience)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say how the app is run."""
        from grading.suite.plugin import RUNNING  # late: pytest must be the first to import a plugin

        config.stash[RUNNING] = self._outside.running

    def pytest_unconfigure(self) -> None:
        """End the program."""
        self._outside.close()


class _Extra:
    """A plugin: tests that are not the kit's are the instructor's own; see `recorder`."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark them."""
        for item in items:
            if not item.path.is_relative_to(KIT / "tests"):
                item.add_marker("extra")


def main() -> None:
    """Judge once, or with `--serve` again and again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--patience", type=float, default=PATIENCE)
    parser.add_argument("folder")
    parser.add_argument("tests", nargs="*", default=[str(KIT / "tests")])
    options = parser.parse_args()
    # Standard output is for the results; the program under test, if it runs here, gets another one.
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if options.serve:
        announcer = Announcer(None)
        server = _Server(socket.socket(fileno=os.dup(0)), announcer)
        run_pytest(options.folder, options.tests, [announcer.recorder, announcer, _Extra(), server])
        with contextlib.suppress(OSError):
            announcer.send(done=True)
    elif options.work:
        cold = _Cold(Path(options.folder), options.work, options.patience)
        judge(options.folder, options.tests, stream, _Extra(), cold)
    else:
        judge(options.folder, options.tests, stream, trace=options.trace)
    os._exit(0)  # at once: the student's threads and exit handlers have no say any more


if __name__ == "__main__":
    main()
