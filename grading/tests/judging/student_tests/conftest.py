"""What the tests of real runs share: the warm processes, and a submission's folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.judging.grader import start_farm
from grading.judging.student_tests import runs
from grading.judging.student_tests.pool import KnownPrograms
from grading.processes.forkserver import ForkServer


@pytest.fixture(scope="module")
def farms() -> Iterator[tuple[KnownPrograms, ForkServer]]:
    if sys.platform != "linux":
        pytest.skip("Only Linux has farms.")
    farm, tests = start_farm(), runs.start_server()
    programs = KnownPrograms(farm)
    yield programs, tests
    programs.close()
    farm.close()
    tests.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a submission's folder that root's sandbox, another user, can reach."""
    tmp_path.chmod(0o711)
    for parent in tmp_path.parents:
        if parent.owner() == tmp_path.owner() and parent.is_relative_to("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    folder = tmp_path / "submission"
    folder.mkdir()
    return folder
