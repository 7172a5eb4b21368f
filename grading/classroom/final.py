"""What counts in the end: the tests' marks, the late policy's deduction, and people's decisions, in this order."""

from __future__ import annotations

from dataclasses import dataclass

from grading.classroom.decision import Decision
from grading.classroom.entry import Mark
from grading.results.result import tidy
from grading.results.steps import step as step_of


@dataclass(frozen=True)
class Final:
    """What counts in the end."""

    marks: float
    """Of the core steps and an instructor's own tests."""
    bonus: float
    most: float
    """The maximum without the bonus."""

    @property
    def total(self) -> float:
        """Marks and bonus."""
        return _rounded(self.marks + self.bonus)


def final(mark: Mark, *, late: bool = True) -> Final | None:
    """Return what counts; None for a submission that was neither graded nor decided about.

    late: whether the late policy's deduction is in it. A decision is what somebody gave: nothing is taken off it.
    """
    result, decisions = mark.result, [decision for decision in mark.decisions if decision.decides]
    if not result.graded and not decisions:
        return None
    raw = result.score + result.bonus
    share = mark.lateness.score / raw if late and mark.lateness and raw else 1
    marks, bonus = result.score * share, result.bonus * share
    steps = {row.step: row.score for row in result.steps}
    for decision in decisions:
        if decision.step is not None:
            step, before = step_of(decision.step), steps.get(decision.step, 0)
            steps[step.number] = min(max(0, _changed(before, decision)), step.marks)
            more = steps[step.number] - before
            marks, bonus = (marks + more, bonus) if step.core else (marks, bonus + more)
        elif decision.marks is not None:  # whatever is above the maximum can only be bonus
            marks = min(decision.marks, result.max_score)
            bonus = decision.marks - marks
        else:
            marks = max(0, _changed(marks, decision))
    return Final(_rounded(max(0, marks)), _rounded(max(0, bonus)), result.max_score)


def _changed(before: float, decision: Decision) -> float:
    return decision.marks if decision.marks is not None else before + (decision.change or 0)


def _rounded(marks: float) -> float:
    return tidy(round(marks, 4))
