"""Where an importer is known to lose something, the instructor hears of it before importing."""

from __future__ import annotations

import pytest

from grading.exports.canvas import fill_canvas
from grading.exports.moodle import fill_moodle
from grading.tests.exports.test_canvas import ZOE, gradebook
from grading.tests.exports.test_moodle_teams import SHEET
from grading.tests.marks import mark

BOB = mark("Bob Roe", 40, {"moodle_participant": "31"})
WARNING = "Canvas leaves out a column with such a title"


@pytest.mark.parametrize("title", ["Final Score of the kit", "My current grade", "Override Points"])
def test_canvas_drops_columns_that_look_like_totals(title: str) -> None:
    data = gradebook("", "", "EX", "").replace(b"Endpoint", title.encode())
    assert WARNING in "\n".join(fill_canvas(data, [ZOE], "71").sentences)
    assert WARNING not in "\n".join(fill_canvas(gradebook("", "", "EX", ""), [ZOE], "71").sentences)


def test_a_column_that_canvas_would_drop_is_not_chosen_by_itself() -> None:
    both = (
        gradebook("", "", "EX", "").replace(b"Essay (70)", b"Final Grade project (70)").replace(b",10,90,", b",90,90,")
    )
    filled = fill_canvas(both, [ZOE])
    assert "column 'Endpoint (71)'" in filled.sentences[0]
    assert "column 'Final Grade project (70)'" in fill_canvas(both, [ZOE], "70").sentences[0]


def test_canvas_takes_back_what_was_graded_since_the_export() -> None:
    said = "\n".join(fill_canvas(gradebook("", "", "EX", ""), [ZOE], "71").sentences)
    assert "an empty cell clears a grade" in said


def test_a_grading_period_that_is_a_number_is_no_assignment() -> None:
    data = gradebook("", "", "EX", "").replace(b"Current Score", b"Current Score (2026)")
    data = data.replace(b"(read only)", "(schreibgeschützt)".encode())
    assert b"72.5" in fill_canvas(data, [ZOE]).data


def moodle(text: str, *marks: object) -> str:
    return "\n".join(fill_moodle(text.format("", "", "", "").encode(), marks).sentences)  # type: ignore[arg-type]


def test_moodle_passes_over_a_mark_of_0() -> None:
    said = moodle(SHEET, mark("Bob Roe", 0, {"moodle_participant": "31"}))
    assert "passes over a mark of 0, so look there, and enter it: Bob Roe (bob-roe)." in said
    assert "mark of 0" not in moodle(SHEET, BOB)


def test_moodle_in_another_language_can_not_read_its_dates() -> None:
    japanese = SHEET.replace("Grade,", "評点,").replace("Yes", "はい").replace("はい,-", "いいえ,-", 1)
    said = moodle(japanese, BOB)
    assert "Moodle can't read its dates" in said
    assert "'いいえ' in 'Grade can be changed' may mean that the grade can't be changed. Theirs is so: Bob Roe." in said
    assert "may mean" not in moodle(SHEET, BOB)
    assert "read its dates" not in moodle(SHEET, BOB)


def test_moodle_with_several_markers() -> None:
    several = SHEET.replace("Group,", '"Marker 1",Group,').replace('"Team', ',"Team').replace('"Default', ',"Default')
    assert "several markers" in moodle(several, BOB)
