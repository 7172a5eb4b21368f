"""What a mark holds is the same in all gradebooks, and each export says it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grading.classroom.decision import Decision
from grading.exports.blackboard import fill_blackboard
from grading.exports.brightspace import fill_brightspace
from grading.exports.canvas import fill_canvas
from grading.exports.holds import Holds
from grading.exports.moodle import fill_moodle
from grading.tests.exports.test_blackboard import book
from grading.tests.exports.test_brightspace import grades
from grading.tests.exports.test_canvas import gradebook
from grading.tests.exports.test_moodle import sheet
from grading.tests.marks import mark

IDS = {"canvas_user": "11", "moodle_participant": "41", "login": "zoe@example.edu", "student_id": "S-1"}
ZOE = mark("Zoë Łoś", 80, IDS, bonus=10, after_late_policy=45)


@pytest.mark.parametrize(
    ("holds", "points", "says"),
    [
        (Holds(), "45", "the bonus is added; what the late policy of grade class takes off is off"),
        (Holds("cap"), "45", "up to the maximum"),
        (Holds("separate"), "40", "the bonus is left out"),
        (Holds("add", late_by_lms=True), "90", "nothing is taken off for lateness"),
        (Holds("separate", late_by_lms=True), "80", "left to the LMS"),
    ],
)
def test_every_gradebook_has_the_same_mark_and_says_what_it_holds(holds: Holds, points: str, says: str) -> None:
    for filled, right in (
        (fill_canvas(gradebook("", "", "EX", ""), [ZOE], "71", holds=holds), gradebook(points, "", "EX", "")),
        (fill_moodle(sheet("", "", ""), [ZOE], holds=holds), sheet(points, "", "")),
        (fill_brightspace(grades("", ""), [ZOE], holds=holds), grades(points, "")),
        (fill_blackboard(book("", ""), [ZOE], holds=holds), book(points, "")),
    ):
        assert filled.data == right
        assert says in "\n".join(filled.sentences)


def test_capped_and_added_marks_differ_above_the_maximum() -> None:
    best = mark("Zoë Łoś", 90, IDS, bonus=10)
    assert fill_canvas(gradebook("", "", "EX", ""), [best], "71").data == gradebook("100", "", "EX", "")
    assert fill_canvas(gradebook("", "", "EX", ""), [best], "71", holds=Holds("cap")).data == gradebook(
        "90", "", "EX", ""
    )


def test_decisions_are_exported_also_for_what_was_not_graded() -> None:
    decided = replace(ZOE, decisions=(Decision(None, marks=62),))
    assert fill_brightspace(grades("", ""), [decided]).data == grades("62", "")
    lost = replace(mark("Zoë Łoś", None, IDS), decisions=(Decision(None, marks=50),))
    other = mark("Bob", 70, {"student_id": "S-2"})
    assert fill_brightspace(grades("", ""), [lost, other]).data == grades("50", "70")
