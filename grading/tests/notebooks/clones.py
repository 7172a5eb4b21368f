"""A student's clone of the kit, as far as its notebooks and git are concerned."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_server.services.contents.filemanager import FileContentsManager

from grading import KIT


@dataclass(frozen=True)
class Clone:
    """A repository with the kit in it."""

    kit: Path

    def git(self, *arguments: str) -> str:
        """Run git in the kit and return what it prints. Raises CalledProcessError."""
        command = ["git", "-C", str(self.kit), "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout

    def commit(self) -> None:
        """Commit all that git sees."""
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "A change")


def repository(kit: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Make a repository of the kit's notebooks and what git reads of the kit, without settings of this computer."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    kit.mkdir()
    for name in (".gitattributes", ".gitignore"):
        shutil.copy(KIT / name, kit)
    shutil.copytree(KIT / "notebooks", kit / "notebooks", ignore=shutil.ignore_patterns(".*"))
    clone = Clone(kit)
    clone.git("init", "-q")
    clone.commit()
    return clone


def save_as_jupyterlab(notebook: Any, path: Path) -> None:
    """Save a notebook the way JupyterLab's server does when a student presses Ctrl-S."""
    content = {"type": "notebook", "format": "json", "content": nbformat.from_dict(notebook)}  # type: ignore[no-untyped-call]
    server = FileContentsManager(root_dir=str(path.parent))
    server.save(content, path.name)  # type: ignore[no-untyped-call]
    server.notary.store.close()  # a database, and Python 3.13 warns of those that are left open
