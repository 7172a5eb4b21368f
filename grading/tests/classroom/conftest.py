"""What the tests of classes share: a grader that knows all marks, and downloads in four forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.maintain.class_works import zipped
from grading.tests.classroom.class_command import known
from grading.tests.classroom.downloads import fill

__all__ = ["known"]  # a fixture


@pytest.fixture(params=["folder", "folder in a folder", "zip", "zip with a folder"])
def downloaded(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """Give a function that turns files into a download: a folder, or a zip as LMSs make them."""

    def make(files: dict[str, bytes]) -> Path:
        if request.param.startswith("folder"):
            fill(tmp_path / ("hw1/submissions" if "in a" in request.param else "hw1"), files)
            return tmp_path / "hw1"
        path = tmp_path / "hw1.zip"
        path.write_bytes(zipped(files, "submissions/" if request.param == "zip with a folder" else ""))
        return path

    return make
