"""Check a program by the daemon, which keeps pytest, the suite and LiteLLM imported: see `daemon`.

This is the side of `grade check` and `grade watch`, which imports none of these. A whole result of the daemon's is what
a new process would have said, because the program runs in a copy of the process (or on systems without a safe fork in
one that nobody used before). Anything else that comes from it, for example nothing, is no result: then a new process
judges.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from grading import KIT
from grading.checking import address, one_shot
from grading.checking.orders import CheckOrder
from grading.judging.cold import DEADLINE, run_suite
from grading.judging.grade import grade_here
from grading.judging.lines import JudgeOutput, OnTest, ignore
from grading.processes.forkserver import Connection, FarmFailed
from grading.processes.python_process import prepared_judge_environment, start_module
from grading.results.result import Result, TestResult
from grading.results.steps import STEPS
from grading.results.steps import step as step_of

T = TypeVar("T")

_DETACHED: int = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_started: list[subprocess.Popen[bytes]] = []  # kept: a Popen that is forgotten warns that its process still runs


def warm_check(
    path: Path, step: int | None = None, *, trace: bool = False, deadline: float = DEADLINE, on_test: OnTest = ignore
) -> Result:
    """Grade as `grade_here` does, by the daemon if there is one or one can be started.

    With `trace`, messages about the program's own exceptions show all of its lines that led there.
    """
    return grade_here(path, step=step, deadline=deadline, on_test=on_test, suite=functools.partial(_run_suite, trace))


def _run_suite(trace: bool, folder: Path, *, step: int | None, deadline: float, on_test: OnTest) -> list[TestResult]:
    """Like `run_suite`, by two judges at the same time where there are processors for them. Raises NoResult."""
    numbers = [row.number for row in STEPS if row.tests and step in (None, row.number)]
    parts = _halves(numbers) if address.FORKS and step is None and (os.cpu_count() or 1) > 1 else [numbers]
    environment = prepared_judge_environment()
    outputs = [JudgeOutput() for _ in parts]
    with contextlib.suppress(OSError, ValueError, FarmFailed):
        place = address.address()
        # In this order: whatever happens, the connections are closed, which ends the judges and then the threads.
        with ThreadPoolExecutor(len(parts)) as pool, contextlib.ExitStack() as stack:
            reading = []
            for steps, output in zip(parts, outputs, strict=True):
                order = CheckOrder(str(folder), steps, trace, deadline, environment)
                lines = stack.enter_context(_ask(place, order))
                reading.append(pool.submit(output.read, lines, deadline, on_test))
            for each in reading:
                each.result()
    if all(output.complete for output in outputs):
        return sorted((test for output in outputs for test in output.tests), key=lambda test: test.step)
    return run_suite(folder, ["--trace"] if trace else [], step=step, deadline=deadline, on_test=on_test)


def _halves(numbers: list[int]) -> tuple[list[int], list[int]]:
    """Divide the steps in two parts that take about as long; the size of a step's tests is what tells it best."""
    sizes = {number: (KIT / step_of(number).tests).stat().st_size for number in numbers}
    halves: tuple[list[int], list[int]] = [], []
    for number in sorted(numbers, key=lambda number: -sizes[number]):
        min(halves, key=lambda half: sum(sizes[each] for each in half)).append(number)
    return halves


@contextmanager
def _ask(place: Path, order: CheckOrder) -> Iterator[IO[bytes]]:
    """Let a judge of the daemon's carry out the order; yield the lines that it writes. Afterwards it ends.

    Raises OSError, ValueError or FarmFailed.
    """
    if not address.FORKS:
        with _connect_or_start(place, lambda: one_shot.ask(place, order)) as connection:
            try:
                connection.recv(1, socket.MSG_PEEK)  # it may still be importing
                connection.settimeout(None)
                yield connection.makefile("rb")
            finally:
                _start(place)  # the next one gets ready while the student reads
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)  # the stream, which a thread reads, keeps it open otherwise
        return
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as lines, contextlib.ExitStack() as stack:
        with os.fdopen(writer, "wb"):
            daemon = stack.enter_context(Connection(_connect_or_start(place, lambda: address.connect(place))))
            daemon.launch(order, [writer])
        yield lines


def _connect_or_start(place: Path, connect: Callable[[], T]) -> T:
    """Connect to a daemon, which is started if there is none. Raises OSError or ValueError."""
    with contextlib.suppress(OSError, ValueError):
        return connect()
    daemon = _start(place)
    end = time.monotonic() + address.START
    while daemon.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            return connect()
        time.sleep(0.02)
    raise ConnectionError("the daemon did not start")


def start_daemon() -> bool:
    """Start a daemon unless one is running, and wait until it listens. Returns whether one does."""
    if not address.FORKS:
        return False
    try:
        place = address.address()
        _connect_or_start(place, lambda: address.connect(place)).close()
    except (OSError, ValueError):
        return False
    return True


def _start(place: Path) -> subprocess.Popen[bytes]:
    """Start a daemon that will listen at `place`. It outlives this process, but on POSIX not the terminal's session."""
    session = os.getsid(0) if os.name == "posix" else 0
    environment = prepared_judge_environment()
    arguments = ["grading.commands.daemon", str(place), str(session), str(int(address.FORKS))]
    # In a session of its own: a Ctrl-C at the terminal is not for it.
    daemon = start_module(arguments, environment, flags=_DETACHED)
    _started.append(daemon)
    return daemon
