"""Check an instructor's own tests before a class is graded with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grading import KIT
from grading.classroom.entry import ClassError
from grading.harness.bare_pytest import OF_THE_ASSIGNMENT
from grading.intake.submission import digest
from grading.processes.python_process import judge_environment
from grading.results.assignment import ASSIGNMENT
from grading.text import plain

_SHOWN = 12  # lines of pytest's output


def check_extra_tests(folder: Path) -> str:
    """Return the hash of the test files in `folder`. Raises ClassError if pytest finds none, or can't import one."""
    if not folder.is_dir():
        raise ClassError(f"There is no folder {folder}. --extra-tests names the folder with your test files.")
    app, options = str(ASSIGNMENT.folder / "solution"), ["--collect-only", "-q", "--color=no", "-pno:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *OF_THE_ASSIGNMENT, *options, "--app", app, str(folder.resolve())]
    done = subprocess.run(command, cwd=KIT, env=judge_environment(), capture_output=True, text=True, timeout=120)
    if done.returncode:
        found = [line for line in done.stdout.splitlines() if line.startswith("E ")] or done.stdout.splitlines()
        words = plain("\n".join(found[:_SHOWN]))
        raise ClassError(f"pytest can't use the tests in {folder}, given by --extra-tests:\n{words}")
    return digest({path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")})
