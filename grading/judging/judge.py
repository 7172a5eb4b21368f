"""Judge's side. Run the suite on one program and write to the grader what came out: see `lines`.

`python -m grading.judging.judge FOLDER [TEST_FILE …]` judges once, with the program in this same process, and writes to
standard output: quick to debug, and forgeable. With `--work FOLDER` before these, the program runs in another process,
in that folder. `judges` is the warm way.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TextIO

import pytest

from grading.harness import keys
from grading.harness.bare_pytest import BARE
from grading.harness.recorder import Recorder, step_number
from grading.judging.cold import DEADLINE, in_time
from grading.judging.lines import Collected, Done, Tested, line, tested
from grading.processes import spawned
from grading.processes.channel import Process
from grading.processes.python_process import PATIENCE, clean_environment
from grading.results.assignment import ASSIGNMENT, load
from grading.results.result import TestResult

_BENCH = load(ASSIGNMENT.bench)


class Announcer:
    """Writes lines to the grader; a pytest plugin for the one hook that it needs."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.recorder = Recorder(lambda result: self.send(tested(result)))

    def send(self, message: Tested | Collected | Done) -> None:
        """Write one line at once."""
        if self.stream is not None:
            self.stream.write(line(message))
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
        """Announce which tests will run."""
        self.send(Collected(self.recorder.collected))


class Extra:
    """A pytest plugin that marks an instructor's own tests: those that are not the kit's. See `recorder`."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark them."""
        for item in items:
            if not item.path.is_relative_to(ASSIGNMENT.tests):
                item.add_marker("extra")


class _Apart:
    """A pytest plugin: the program runs in another process, started for this run alone."""

    def __init__(self, submission: Path, work: Path, patience: float) -> None:

        def launch() -> Process:
            return spawned.launch(ASSIGNMENT.program_host, submission, work, clean_environment())

        self._remote = _BENCH(launch, DEADLINE, patience)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say how to start the app."""
        config.stash[keys.RUNNING] = self._remote.running

    def pytest_unconfigure(self) -> None:
        """End the program."""
        self._remote.close()


class _InTime:
    """A pytest plugin: the judge stops waiting for the program, which runs in its own process, before its deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Say when."""
        config.stash[keys.DEADLINE] = in_time(self._deadline)


def judge(
    folder: str, test_files: list[str], stream: TextIO, *plugins: object, trace: bool = False
) -> list[TestResult]:
    """Run the tests on `folder`/main.py in this process, write the lines to `stream`, and return the results."""
    announcer = Announcer(stream)
    run_pytest(folder, test_files, [announcer.recorder, announcer, *plugins], trace)
    announcer.send(Done(True))
    return announcer.recorder.results


def run_pytest(folder: str, test_files: Sequence[str], plugins: list[object], trace: bool = False) -> None:
    """Run pytest on `folder` in this process, without any local pytest configuration."""
    options = ["--app", folder, *(["--app-trace"] if trace else []), *BARE, "-pno:unittest"]
    pytest.main([*test_files, *options], plugins=plugins)


def main() -> None:
    """Judge once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--patience", type=float, default=PATIENCE)
    parser.add_argument("--deadline", type=float, default=DEADLINE)
    parser.add_argument("folder")
    parser.add_argument("tests", nargs="*", default=[str(ASSIGNMENT.tests)])
    options = parser.parse_args()
    # Standard output is for the results; the program under test, if it runs here, gets another one.
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    plugins: list[object] = [_InTime(options.deadline)]
    if options.work:
        plugins += [Extra(), _Apart(Path(options.folder), options.work, options.patience)]
    judge(options.folder, options.tests, stream, *plugins, trace=options.trace)
    os._exit(0)  # at once: the student's threads and exit handlers have no say any more


if __name__ == "__main__":
    main()
