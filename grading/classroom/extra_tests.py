"""Check an instructor's own tests before a class is graded with them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from grading import KIT
from grading.classroom.entry import ClassError
from grading.processes.python_process import judge_environment
from grading.text import plain

_SHOWN = 12  # lines of pytest's output


def check_extra_tests(folder: Path) -> str:
    """Return the hash of the test files in `folder`. Raises ClassError if pytest finds none, or can't import one."""
    if not folder.is_dir():
        raise ClassError(f"There is no folder {folder}. --extra-tests names the folder with your test files.")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--color=no", "--app", str(KIT / "solution")]
    command += ["-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT), "-p", "no:cacheprovider"]
    command += [str(folder.resolve())]
    done = subprocess.run(command, cwd=KIT, env=judge_environment(), capture_output=True, text=True, timeout=120)
    if done.returncode:
        found = [line for line in done.stdout.splitlines() if line.startswith("E ")] or done.stdout.splitlines()
        words = plain("\n".join(found[:_SHOWN]))
        raise ClassError(f"pytest can't use the tests in {folder}, given by --extra-tests:\n{words}")
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return f"sha256:{digest.hexdigest()}"
