"""Fixtures of the tests of students' own tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grading import KIT


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    """A student's folder: the solution's program, and no tests yet."""
    folder = tmp_path / "submission"
    folder.mkdir()
    shutil.copy(KIT / "solution" / "main.py", folder)
    return folder
