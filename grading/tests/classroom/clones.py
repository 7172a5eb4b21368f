"""Clones of a student's repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from grading.tests.classroom.downloads import fill


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{who}_{what}": "s" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {"GIT_COMMITTER_DATE": "2026-11-20T23:30:00+01:00", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z"}
    subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **who, **when}, check=True, timeout=60)


def clone(folder: Path, files: dict[str, bytes]) -> Path:
    fill(folder, files)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "work")
    return folder


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
