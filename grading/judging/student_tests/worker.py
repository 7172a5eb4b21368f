"""Program's side. Run a student's test_main.py on a program, which runs in yet another process; write the verdict.

This side of step 9 holds no program, no other verdict and no marks: `scoring` says why. The verdict is a line, see
`verdict`. `python -m grading.judging.student_tests.worker` is a fork server: a warm pytest that forks a sandboxed child
for each program. The child gets two open files: the program's frames, and where to write. Another child, before these,
compiles the file and gets one: where to write that. With `--cold FILE` it runs once, on a copy of that file, with
frames on standard input and output and the verdict on standard error. With `--here FILE` the programs run in this
process: their folders come in by standard input, a line each; verdicts go out by standard output.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest._code.code import TracebackEntry
from _pytest.assertion import rewrite

from grading.harness.bare_pytest import OWN_TESTS
from grading.harness.keys import JUDGED, RUNNING
from grading.judging.student_tests.verdict import COMPILE, Verdict
from grading.processes.channel import Channel, Process
from grading.processes.messages import fields
from grading.processes.sandboxed import SandboxOrder, control_socket, serve_sandboxed
from grading.results.assignment import ASSIGNMENT, load

_BENCH = load(ASSIGNMENT.bench)  # before the fork

NAME = ASSIGNMENT.own_tests
_CPU_SECONDS = 10  # for one program; the solution's tests need a tenth of a second
_LONG = 3600.0  # for an answer: if none comes, the grader ends this process, so a slow machine makes no test fail


class _Listener:
    """A pytest plugin that notes what the tests say of a program."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = ""
        self.said = ""
        self.line_number = 0
        self.loaded = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that passed; keep the first one that failed."""
        self.passed += report.passed and report.when == "call"
        if report.failed and not self.failed:
            self.failed, self.said = report.nodeid.partition("::")[2] or "?", _said(report)
            self.line_number = _line(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that the file could not be read to its end."""
        if report.failed and self.loaded:
            self.loaded, self.said, self.line_number = False, _said(report), _line(report)

    def line(self) -> bytes:
        """Return the verdict as a line."""
        verdict = Verdict(self.passed, self.failed, self.said, self.line_number, self.loaded)
        return json.dumps(fields(verdict.cut())).encode() + b"\n"


def _said(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the exception's own lines, without the code around them."""
    text = report.longreprtext
    own = [line[2:].strip() for line in text.splitlines() if line.startswith("E ") and line[2:].strip()]
    return "\n".join(own[:4] or text.splitlines()[-8:])


def _line(report: pytest.TestReport | pytest.CollectReport) -> int:
    """Return the last line of the student's file that led to the failure; 0 if none is known."""
    chain = getattr(report.longrepr, "chain", [])
    entries = [entry for element in chain for entry in element[0].reprentries]
    places = [place for entry in entries if (place := getattr(entry, "reprfileloc", None)) is not None]
    lines = [place.lineno for place in places if place.path.endswith(NAME)]
    lines = lines or [int(line) for line in re.findall(rf"{re.escape(NAME)}:(\d+): ", report.longreprtext)]
    return lines[-1] if lines else 0


class _Server:
    """A pytest plugin: instead of collecting, be a fork server; each child then collects and runs its own file."""

    def __init__(self, control: socket.socket, listener: _Listener) -> None:
        self._control = control
        self._listener = listener

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Serve until the grader goes away."""
        serve_sandboxed(self._control, lambda order, files: self._serve(session, order, files), _CPU_SECONDS)

    def _serve(self, session: pytest.Session, order: SandboxOrder, files: list[int]) -> None:
        if order.task == COMPILE:
            _compile(session.config, Path(order.submission, NAME), *files)
        else:
            self._run(session, order, *files)

    def _run(self, session: pytest.Session, order: SandboxOrder, frames: int, verdict: int) -> None:
        work = Path(order.work)
        os.chdir(work)
        tempfile.tempdir = order.work
        shutil.copytree(order.submission, work, dirs_exist_ok=True, copy_function=shutil.copyfile)
        session.config.pluginmanager._confcutdir = work  # as --confcutdir: look at no folder above it
        _Elsewhere(Channel(frames, frames)).pytest_configure(session.config)
        # sys.exit and pytest.exit end the run: what was seen until then counts.
        with suppress(BaseException):
            session.perform_collect([str(work / NAME)])
            if self._listener.loaded:
                session.config.hook.pytest_runtestloop(session=session)
        os.write(verdict, self._listener.line())


def _compile(config: pytest.Config, file: Path, compiled: int) -> None:
    """Write what pytest makes of the file."""
    warnings.simplefilter("ignore")
    code = io.BytesIO()
    rewrite._write_pyc_fp(code, *rewrite._rewrite_test(file, config))
    with os.fdopen(compiled, "wb") as stream:
        stream.write(code.getbuffer())


class _Elsewhere:
    """A pytest plugin: the program is at the other end of a channel."""

    def __init__(self, channel: Channel) -> None:
        self._programs = [Process(channel, lambda patience: "its process is gone")]

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say how to start the app."""
        config.stash[RUNNING] = _BENCH(self._launch, _LONG, _LONG).running

    def _launch(self) -> Process:
        if not self._programs:  # its process was lost, and this says nothing about the tests
            os._exit(1)
        return self._programs.pop()


class _Judged:
    """A pytest plugin: lets the kit's own plugin keep an app between a student's tests, and pytest skip tracebacks."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Set both."""
        config.stash[JUDGED] = True
        # Finding the code around a failure takes as long as a test, and nobody sees it; pytest has no option for that.
        TracebackEntry.getsource = lambda entry, astcache=None: None  # type: ignore[assignment,method-assign]


def _run_pytest(listener: _Listener, *arguments: str, plugins: Sequence[object] = ()) -> None:
    with suppress(BaseException):
        pytest.main([*arguments, *OWN_TESTS, "-x", "-W", "ignore"], plugins=[listener, _Judged(), *plugins])


def _run_copy(file: Path, *arguments: str, plugins: Sequence[object] = ()) -> bytes:
    """Run a new copy of the file, which is imported anew. Returns the verdict."""
    listener = _Listener()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = shutil.copyfile(file, Path(folder, NAME))
        _run_pytest(listener, str(own), "--confcutdir", folder, *arguments, plugins=plugins)
    return listener.line()


def main() -> None:
    """Be a fork server, or run once, or run on one program after another."""
    match sys.argv[1:]:
        case ["--cold", file]:
            channel, verdicts = Channel(os.dup(0), os.dup(1)), os.dup(2)
            _close_streams()
            os.write(verdicts, _run_copy(Path(file), plugins=[_Elsewhere(channel)]))
        case ["--here", file]:
            programs, verdicts = os.fdopen(os.dup(0), encoding="utf-8"), os.dup(1)
            _close_streams()
            for line in programs:
                os.write(verdicts, _run_copy(Path(file), "--app", line.rstrip("\n")))
        case _:
            listener = _Listener()
            # No file is named here, so pytest would load the conftest.py of the grader's own tests.
            _run_pytest(listener, "--noconftest", plugins=[_Server(control_socket(), listener)])
    os._exit(0)  # at once: the threads and exit handlers of the file have no say any more


def _close_streams() -> None:
    """Let nothing that a test prints get between the lines."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


if __name__ == "__main__":
    main()
