"""Run the student's own test_main.py, warm: in a copy of the check daemon, which has pytest and LiteLLM imported.

Elsewhere, or if there is no daemon, a new pytest does the same more slowly.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grading import KIT
from grading.checking import address
from grading.checking.check import start_daemon
from grading.results.assignment import ASSIGNMENT

NAME = ASSIGNMENT.own_tests
PATIENCE = 60.0
"""Seconds that a run for the game may take; the solution's tests need one."""
NO_TESTS = 5
"""pytest's exit code when it found no tests."""


def run_own_tests(folder: Path, options: Sequence[str] = ()) -> int:
    """Run `folder`/test_main.py on the main.py beside it, with output as pytest's. Returns pytest's exit code."""
    if "litellm" not in sys.modules and start_daemon():
        code = address.run_command(["test", str(folder), "--", *options])
        if code is not None:
            return code
    import pytest  # late: the first run imports it in the daemon

    return int(pytest.main(_arguments(folder, options)))


def quiet_run(folder: Path) -> tuple[int | None, str]:
    """Run the tests of `folder` and return the exit code and the output; None if they did not finish."""
    with tempfile.TemporaryFile() as output:
        code = None
        if start_daemon():
            arguments = ["test", str(folder), "--", "-q", "--tb=no"]
            code = address.run_command(arguments, output.fileno(), PATIENCE)
        else:
            command = [sys.executable, "-m", "pytest", *_arguments(folder, ["-q", "--tb=no"])]
            try:
                code = subprocess.run(command, stdout=output, stderr=output, timeout=PATIENCE, check=False).returncode
            except subprocess.TimeoutExpired:
                code = None
        output.seek(0)
        return code, output.read().decode("utf-8", "replace")


def _arguments(folder: Path, options: Sequence[str]) -> list[str]:
    """Return what makes pytest run this one file by the kit's settings, wherever it is."""
    settings = ["-c", str(KIT / "pyproject.toml"), f"--rootdir={folder}", "--no-header", "-p", "no:cacheprovider"]
    # The kit's plugin is imported already in the daemon, and its asserts are not the student's.
    settings += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return [str(folder.resolve() / NAME), *settings, *options]


def has_tests(folder: Path) -> bool:
    """Return whether there is a test_main.py."""
    return os.path.isfile(folder / NAME)  # noqa: PTH113
