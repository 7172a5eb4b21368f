"""The heat map of a few students is small: its labels are as large as those of a class of sixty."""

from __future__ import annotations

import re

import pytest

from grading.pages.students import StudentRow, heat_map


@pytest.mark.parametrize(("students", "across"), [(1, 50), (6, 170), (60, 640), (614, 1254)])
def test_a_cell_is_never_drawn_larger_than_it_is(students: int, across: int) -> None:
    rows = [StudentRow(f"s{at}", f"S {at}", "graded", 15, 0, {6: (15, 20)}) for at in range(students)]
    drawn = re.search(r'width="([\d.]+)" viewBox="0 0 ([\d.]+) ', str(heat_map(rows, {6: "Handle failures"})))
    assert drawn is not None
    assert [round(float(size)) for size in drawn.groups()] == [across, across]
