"""Start a Python process of the grader's own, end it, and say how one ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from grading import ASSIGNMENT_VARIABLE, KIT
from grading.results.assignment import ASSIGNMENT, load

PATIENCE = 10.0
"""Seconds that a program's start or answer may take. Right ones need milliseconds, a busy machine perhaps a second."""


def start_module(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    flags: int = 0,
) -> subprocess.Popen[bytes]:
    """Start `python -m ARGUMENTS` in a session of its own, so that `end_group` ends all of it; `flags` are Windows's.

    Raises OSError.
    """
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=KIT,
        env=environment,
        start_new_session=os.name == "posix",
        creationflags=flags,
    )


def describe_exit(code: int) -> str:
    """Say how a process ended: its exit code, or on POSIX the signal that ended it (a negative code)."""
    try:
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process, and on POSIX all that belongs to its session (it must have been started with one)."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def clean_environment() -> dict[str, str]:
    """Return the environment for a program under test: nothing of ours but what Python and the assignment need."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "LD_LIBRARY_PATH", ASSIGNMENT_VARIABLE)
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/", "USER": "student"}
    if ASSIGNMENT.libraries:
        load(ASSIGNMENT.libraries).prepare_environment(environment)
    return environment


def judge_environment() -> dict[str, str]:
    """Return the environment of a judge's process."""
    # PYTEST_ADDOPTS and the like are the instructor's own, for other projects.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def prepared_judge_environment() -> dict[str, str]:
    """Return the environment of a judge that runs the program in its own process: no real key is in it."""
    environment = judge_environment()
    if ASSIGNMENT.libraries:
        load(ASSIGNMENT.libraries).prepare_environment(environment)
    return environment
