"""Fixtures of the tests of the suite, and of students' own tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading import KIT
from grading.judging.grader import Grader


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One for all, which keeps everything imported."""
    with Grader(1, own_tests=False) as running:
        yield running


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    """A student's folder: the solution's program, and no tests yet."""
    folder = tmp_path / "submission"
    folder.mkdir()
    shutil.copy(KIT / "solution" / "main.py", folder)
    return folder
