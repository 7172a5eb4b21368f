"""Read the time of a clone's last commit. The clone is a student's, so git never sees its configuration.

A repository's own .git/config can make git run programs, even for `git log`. So git runs in an empty repository of
ours, and only borrows the clone's object store (GIT_OBJECT_DIRECTORY, see git(1)).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

_REF = re.compile(r"ref: (refs/heads/[A-Za-z0-9][\w./-]*)\n?")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST = 1_000_000  # bytes


def commit_time(git: Path) -> str | None:
    """Return the committer's time of HEAD in ISO 8601; None if it can't be read. git: the folder .git."""
    try:
        commit, objects = _head(git), git / "objects"
        if commit is None or not objects.is_dir() or objects.is_symlink():
            return None
        with tempfile.TemporaryDirectory(prefix="git-") as empty:
            Path(empty, "HEAD").write_text("ref: refs/heads/none\n")
            Path(empty, "refs").mkdir()
            environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
            environment |= {
                "GIT_DIR": empty,
                "GIT_OBJECT_DIRECTORY": str(objects.resolve()),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_NO_LAZY_FETCH": "1",
            }
            command = ["git", "-c", "core.commitGraph=false", "log", "--no-walk", "--format=%cI", commit]
            time = subprocess.run(command, env=environment, cwd=empty, capture_output=True, timeout=20, check=True)
        return datetime.fromisoformat(time.stdout.decode().strip().replace("Z", "+00:00")).isoformat()
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _head(git: Path) -> str | None:
    """Resolve HEAD: a detached commit, a loose branch or a packed one."""
    head = _text(git / "HEAD")
    branch = _REF.fullmatch(head)
    if branch is None or ".." in branch[1]:
        return head.strip() if _COMMIT.fullmatch(head.strip()) else None
    try:
        loose = _text(git / branch[1]).strip()
    except FileNotFoundError:
        lines = (line.split(" ") for line in _text(git / "packed-refs").splitlines())
        loose = next((line[0] for line in lines if line[1:] == [branch[1]]), "")
    return loose if _COMMIT.fullmatch(loose) else None


def _text(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as stream:
        return stream.read(_MOST).decode("utf-8", "replace")
