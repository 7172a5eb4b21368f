"""The instructor's week with the real grader, in small: `grading.maintain.whole_week` does it for a class of 60."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grading.maintain.whole_week import whole_week


@pytest.mark.skipif(not hasattr(os, "fork"), reason="elsewhere grading takes too long")
def test_from_a_download_to_four_gradebooks(tmp_path: Path) -> None:
    checked = dict(whole_week(tmp_path / "week", size=6, seed=1))
    assert len(checked) == 9
    assert {what: wrong for what, wrong in checked.items() if wrong} == {}
