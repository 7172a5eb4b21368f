"""Make a virtual environment for a trial, with uv in it: other interpreters, the newest packages, other systems.

uv installs, because pip downloads one wheel after another to find out which newest versions fit together (23 wheels of
LiteLLM, 855 MB, on a day when its newest asked for a certificate bundle that the index did not have yet). It comes from
requirements-uv.lock, checked by hash.

Needs the standard library only, so it also runs where an interpreter is and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grading import KIT

INSTALLING = 15 * 60  # seconds for one step


class NotInstalledError(Exception):
    """Something could not be installed; `str(error)` says what."""


@contextmanager
def fresh_venv(interpreter: str) -> Iterator[Venv]:
    """Make the environment with this interpreter, a command or a path, and remove it at the end.

    Raises NotInstalledError, also if there is no such interpreter.
    """
    with tempfile.TemporaryDirectory(prefix="kit-venv-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # root's sandbox has another user
        _run([interpreter, "-m", "venv", folder])
        own = Venv(Path(folder))
        pip = [own.python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, "--require-hashes", "-r", str(KIT / "requirements-uv.lock")])
        yield own


class Venv:
    """An environment that has uv."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
        self.uv = [self.python, "-m", "uv", "pip", "install", "--quiet", "--python", self.python]
        """The start of a command that installs into it."""

    def install(self, *what: str) -> None:
        """Install with these arguments of `uv pip install`. Raises NotInstalledError."""
        _run([*self.uv, *what])


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, timeout=INSTALLING)
    except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        raise NotInstalledError(str(problem)) from problem
