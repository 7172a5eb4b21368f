"""What the tests of `grade serve` share."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.tests.laptop.serving import SMALL_APP


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(SMALL_APP, encoding="utf-8")
    return tmp_path
