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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grading.intake.submission import make_work
from grading.judging.lines import OnTest, ignore
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.reasons import NAME
from grading.judging.student_tests.scoring import Run, judge_own_tests
from grading.judging.student_tests.verdict import COMPILE, LARGEST
from grading.processes import spawned
from grading.processes.forkserver import Connection, ForkServer
from grading.processes.python_process import clean_environment, end_group, judge_environment, start_module
from grading.processes.sandboxed import SandboxOrder
from grading.results.assignment import ASSIGNMENT
from grading.results.result import TestResult

_WORKER = "grading.judging.student_tests.worker"
_SHORT = 32 * 1024  # bytes of a file that is compiled before it is run
_COMPILING = 10.0  # seconds, even if the machine is busy
_COMPILING_CPU_SECONDS = 2  # an honest file needs a tenth; for some lines of 8 kB pytest's rewriter took 21
_COMPILING_MEMORY = 300_000_000  # bytes
_LARGEST_COMPILED = 8 * 2**20  # bytes; the solution's tests make 30 kB
_ENOUGH = 30.0  # seconds, even if the machine is busy: the solution's tests need a tenth of one
_COLD = 90.0  # where imports count
COLD_BUDGET = 600.0
"""Seconds for all runs of a file, where imports count."""


def start_server() -> ForkServer:
    """Start the fork server of sandboxed pytests. Raises FarmFailed."""
    return ForkServer([_WORKER], clean_environment(), "The fork server of students' own tests did not start")


@contextmanager
def on_farms(programs: KnownPrograms, tests: ForkServer, folder: Path, place: Path) -> Iterator[Run]:
    """Yield a Run for the test_main.py of `folder`, with working folders in `place`. It, too, raises FarmFailed.

    It must only be called for a file that `scoring` has checked: the first call compiles it.
    """
    with tests.attach() as tester, _folder_in(place) as ours:
        asking, compiling = threading.Lock(), threading.Lock()  # one question at a time; one compiles, the others wait
        file = ours / "file"

        def run(program: Path, patience: float) -> bytes:
            with compiling:
                if not file.exists():
                    _compile(tester, asking, folder / NAME, file)
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


def _compile(tester: Connection, asking: threading.Lock, file: Path, folder: Path) -> None:
    """Make a folder with a copy of the file and what pytest makes of it, which each run would do anew otherwise.

    A sandboxed child does it, since a short file may take pytest much time and memory; nothing of the file is run. A
    very long one, or one that costs the child too much, is left to pytest. Raises FarmFailed.
    """
    from _pytest.assertion.rewrite import PYC_TAIL  # late: this takes a moment; pytest has no public name for it

    cache = folder / "__pycache__"
    cache.mkdir(parents=True)
    copy = Path(shutil.copyfile(file, folder / NAME))
    copy.chmod(0o644)
    if copy.stat().st_size > _SHORT:
        return
    reader, writer = os.pipe()
    with _folder_in(folder.parent) as private, os.fdopen(reader, "rb") as compiled:
        with os.fdopen(writer, "wb"), asking:
            work = str(make_work(private / "work"))
            limits = {"memory": _COMPILING_MEMORY, "cpu_seconds": _COMPILING_CPU_SECONDS}
            child = tester.launch(SandboxOrder(str(folder), work, task=COMPILE, **limits), [writer])
        code = _within(_COMPILING, lambda: compiled.read(_LARGEST_COMPILED))
        with asking:
            tester.kill(child)
    if code:
        (cache / f"{copy.stem}{PYC_TAIL}").write_bytes(code)


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
    return _within(deadline, lambda: stream.readline(LARGEST))


def _within(deadline: float, read: Callable[[], bytes]) -> bytes:
    """Return what `read` returns within so many seconds, or b"" if it is late or cannot read."""
    read_by_then: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            read_by_then.put(read())

    threading.Thread(target=wait, daemon=True).start()
    try:
        return read_by_then.get(timeout=deadline)
    except queue.Empty:
        return b""
