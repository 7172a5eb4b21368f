"""Judge's side. The processes of step 9: for each program one that runs it, and one that runs pytest on the file.

Each of these gives a `Run` (see `scoring`): by a worker of `pool` and a sandboxed child of another fork server; by two
new processes, where there is no fork; or both in one process, for students.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grading.intake.submission import make_work
from grading.judging.lines import OnTest, ignore
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.reasons import NAME
from grading.judging.student_tests.scoring import Run, judge_own_tests
from grading.judging.student_tests.verdict import LARGEST
from grading.processes import spawned
from grading.processes.forkserver import ForkServer
from grading.processes.python_process import clean_environment, end_group, judge_environment, start_module
from grading.processes.sandboxed import SandboxOrder
from grading.results.assignment import ASSIGNMENT
from grading.results.result import TestResult

_WORKER = "grading.judging.student_tests.worker"
_SHORT = 32 * 1024  # bytes of a file that is compiled before it is run
_ENOUGH = 30.0  # seconds, even if the machine is busy: the solution's tests need a tenth of one
_COLD = 90.0  # where imports count
COLD_BUDGET = 600.0
"""Seconds for all runs of a file, where imports count."""


def start_server() -> ForkServer:
    """Start the fork server of sandboxed pytests. Raises FarmFailed."""
    return ForkServer([_WORKER], clean_environment(), "The fork server of students' own tests did not start")


@contextmanager
def on_farms(programs: KnownPrograms, tests: ForkServer, folder: Path, place: Path) -> Iterator[Run]:
    """Yield a Run for the test_main.py of `folder`, with working folders in `place`. It, too, raises FarmFailed."""
    with tests.attach() as tester, _folder_in(place) as ours:
        asking = threading.Lock()  # one question at a time
        file = _compiled(folder / NAME, ours / "file")

        def run(program: Path, patience: float) -> bytes:
            frames, theirs = socket.socketpair()
            reader, writer = os.pipe()
            with _folder_in(ours) as private, frames, os.fdopen(reader, "rb") as verdict:
                text, worker = b"", None
                try:
                    with theirs, os.fdopen(writer, "wb"):
                        worker = programs.serve(program, theirs.fileno())
                        with asking:
                            order = SandboxOrder(str(file), str(make_work(private / "work")))
                            testing = tester.launch(order, [frames.fileno(), writer])
                    frames.close()
                    text = _first_line(verdict, min(_ENOUGH, patience))
                    with asking:  # before the stream is closed, on which a thread may still wait
                        tester.kill(testing)
                finally:
                    if worker is not None:
                        programs.give_back(worker, ended=bool(text))
            return text

        yield run


@contextmanager
def _folder_in(place: Path) -> Iterator[Path]:
    """Yield a new folder whose name says nothing."""
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)  # root's sandbox has another user
        yield Path(name)


def _compiled(file: Path, folder: Path) -> Path:
    """Make a folder with a copy of the file and what pytest makes of it, which each run would do anew otherwise.

    Returns the folder. Nothing of the file is run. A very long one, or one that cannot be read, is left to pytest.
    """
    from _pytest.assertion import rewrite  # late: this takes a moment; pytest has no public name for it

    cache = folder / "__pycache__"
    cache.mkdir(parents=True)
    with contextlib.suppress(OSError, ValueError, SyntaxError, RecursionError, MemoryError, SystemError):
        copy = Path(shutil.copyfile(file, folder / NAME))
        copy.chmod(0o644)
        if copy.stat().st_size <= _SHORT:
            with warnings.catch_warnings(), (cache / f"{copy.stem}{rewrite.PYC_TAIL}").open("wb") as compiled:
                warnings.simplefilter("ignore")
                rewrite._write_pyc_fp(compiled, *rewrite._rewrite_test(copy, None))  # type: ignore[arg-type]
    return folder


def cold(folder: Path, place: Path) -> Run:
    """Return a Run that starts two processes for each program, which takes some seconds; they are in no sandbox."""

    def run(program: Path, patience: float) -> bytes:
        with _folder_in(place) as private:
            host, reader, writer = spawned.start(ASSIGNMENT.program_host, program, private, clean_environment())
            command = [_WORKER, "--cold", str(folder / NAME)]
            streams = {"stdin": reader, "stdout": writer, "stderr": subprocess.PIPE}
            tester = start_module(command, clean_environment(), **streams)
            os.close(reader)
            os.close(writer)
            assert tester.stderr is not None
            with tester.stderr:
                try:
                    return _first_line(tester.stderr, min(_COLD, patience))
                finally:
                    end_group(tester)
                    end_group(host)

    return run


def judge_here(folder: Path, on_test: OnTest = ignore) -> list[TestResult]:
    """Judge the test_main.py of `folder` as `here` does."""
    with here(folder) as run:
        return judge_own_tests(folder / NAME, run, on_test, budget=COLD_BUDGET)


@contextmanager
def here(folder: Path) -> Iterator[Run]:
    """Yield a Run in which the programs and the tests share one process; a new one follows one that was lost."""
    with contextlib.ExitStack() as stack:
        processes: list[subprocess.Popen[bytes]] = []

        def run(program: Path, patience: float) -> bytes:
            if not processes or processes[-1].poll() is not None:
                command, pipe = [_WORKER, "--here", str(folder / NAME)], subprocess.PIPE
                processes.append(start_module(command, judge_environment(), stdin=pipe, stdout=pipe))
                stack.callback(_close, processes[-1])
            process = processes[-1]
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.write(f"{program}\n".encode())
                process.stdin.flush()
            text = _first_line(process.stdout, min(_COLD, patience))
            if not text:
                end_group(process)
            return text

        yield run


def _close(process: subprocess.Popen[bytes]) -> None:
    end_group(process)
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            stream.close()  # type: ignore[union-attr]


def _first_line(stream: IO[bytes], deadline: float) -> bytes:
    """Return the first line that comes within `deadline` seconds, or b"". The process may hold the stream forever."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            lines.put(stream.readline(LARGEST))

    threading.Thread(target=read, daemon=True).start()
    try:
        return lines.get(timeout=deadline)
    except queue.Empty:
        return b""
