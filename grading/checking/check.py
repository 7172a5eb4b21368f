"""Check again in a moment: a helper process keeps pytest, the suite and LiteLLM imported from one check to the next.

This is the side of `grade check` and `grade watch`, which imports none of these; `warm_helper` is the other one, and
`warm_connection` the way between. A whole result of the helper is what a new process would have said, because the
program runs in a copy of the process (or on systems without a safe fork in one that was used by nobody before).
Whatever else comes from it, for example nothing, is no result: then a new process judges.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grading import KIT
from grading.checking import address as warm_connection
from grading.judging.judge_output import Judged, OnTest, ignore
from grading.judging.subprocess import DEADLINE, grade_here, run_suite
from grading.processes.python_process import judge_environment, start_module
from grading.provider import litellm_environment
from grading.results.result import Result, TestResult
from grading.results.steps import STEPS

_DETACHED: int = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_started: list[subprocess.Popen[bytes]] = []  # kept: a Popen that is forgotten warns that its process still runs


def warm_check(
    path: Path, step: int | None = None, *, trace: bool = False, deadline: float = DEADLINE, on_test: OnTest = ignore
) -> Result:
    """Grade as `grade_here` does, by the helper if there is one or one can be started.

    With `trace`, messages about the program's own exceptions show all of its lines that led there.
    """
    return grade_here(path, step=step, deadline=deadline, on_test=on_test, suite=functools.partial(_run_suite, trace))


def _run_suite(trace: bool, folder: Path, *, step: int | None, deadline: float, on_test: OnTest) -> list[TestResult]:
    """Like `run_suite`, in two judges at the same time where there are processors for them. Raises NoResult."""
    numbers = [row.number for row in STEPS if row.tests and step in (None, row.number)]
    parts = _halves(numbers) if warm_connection.FORKS and step is None and (os.cpu_count() or 1) > 1 else [numbers]
    judged = [Judged() for _ in parts]
    with contextlib.suppress(OSError, ValueError):
        environment = judge_environment()
        litellm_environment.prepare_environment(environment)  # here already: no key leaves this process
        order = {"folder": str(folder), "trace": trace, "deadline": deadline, "environment": environment}
        place = warm_connection.address()
        # In this order: whatever happens, the connections are closed, which ends the judges and then the threads.
        with ThreadPoolExecutor(len(parts)) as pool, contextlib.ExitStack() as stack:
            if not warm_connection.FORKS:  # each is used once: the next one gets ready while the student reads
                stack.callback(_start, place)
            connections = []
            for steps in parts:
                connection, token = _connect_or_start(place)
                stack.callback(_close, connection)
                connection.sendall(json.dumps({**order, "steps": steps, "token": token}).encode() + b"\n")
                connections.append(connection)
            reading = [
                pool.submit(_read, connection, part, deadline, on_test)
                for connection, part in zip(connections, judged, strict=True)
            ]
            for each in reading:
                each.result()
    if all(part.complete for part in judged):
        return sorted((test for part in judged for test in part.tests), key=lambda test: test.step)
    return run_suite(folder, ["--trace"] if trace else [], step=step, deadline=deadline, on_test=on_test)


def _halves(numbers: list[int]) -> tuple[list[int], list[int]]:
    """Divide the steps in two parts that take about as long; the size of a step's tests is what tells it best."""
    sizes = {number: (KIT / STEPS[number - 1].tests).stat().st_size for number in numbers}
    halves: tuple[list[int], list[int]] = [], []
    for number in sorted(numbers, key=lambda number: -sizes[number]):
        min(halves, key=lambda half: sum(sizes[each] for each in half)).append(number)
    return halves


def _read(connection: socket.socket, judged: Judged, deadline: float, on_test: OnTest) -> None:
    """Read what one judge says. Raises OSError if it says nothing, and NoResult."""
    connection.settimeout(warm_connection.START)
    connection.recv(1, socket.MSG_PEEK)
    connection.settimeout(None)
    judged.read(connection.makefile("rb"), deadline, on_test)


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)  # the file that a thread reads keeps it open, otherwise
    connection.close()


def _connect_or_start(place: Path) -> tuple[socket.socket, str]:
    """Return a connection to a helper and the token that it wants to see. Raises OSError or ValueError."""
    with contextlib.suppress(OSError, ValueError):
        return warm_connection.connect(place)
    helper = _start(place)
    end = time.monotonic() + warm_connection.START
    while helper.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            return warm_connection.connect(place)
        time.sleep(0.02)
    raise ConnectionError("the helper did not start")


def _start(place: Path) -> subprocess.Popen[bytes]:
    """Start a helper that will listen at `place`. It outlives this process, but on POSIX not the terminal's session."""
    session = os.getsid(0) if os.name == "posix" else 0
    environment = judge_environment()
    litellm_environment.prepare_environment(environment)
    given = [place, session, int(warm_connection.FORKS), int(warm_connection.UNIX)]
    # In a session of its own: a Ctrl-C at the terminal is not for it.
    helper = start_module(["grading.commands.daemon", *map(str, given)], environment, flags=_DETACHED)
    _started.append(helper)
    return helper
