"""What a mark in an export holds: with the bonus or not, after the late policy or not. Each export says so."""

from __future__ import annotations

from dataclasses import dataclass

from grading.classroom.entry import Mark
from grading.classroom.final import final

BONUS = {
    "add": "the bonus is added",
    "cap": "the bonus is added up to the maximum, and no further",
    "separate": "the bonus is left out",
}
"""What to do with the bonus -> what is said of it."""


@dataclass(frozen=True)
class Holds:
    """What goes into a mark."""

    bonus: str = "add"
    """One of BONUS."""
    late_by_lms: bool = False
    """Whether lateness is left to the LMS, so that nobody is charged twice."""
    bonus_alone: bool = False
    """Whether it is for the column that has the bonus and nothing else."""

    def score(self, mark: Mark) -> float | None:
        """Return the mark; None if it was neither graded nor decided about."""
        counts = final(mark, late=not self.late_by_lms)
        if counts is None:
            return None
        if self.bonus_alone:
            return counts.bonus
        if self.bonus == "separate":
            return counts.marks
        return min(counts.total, counts.most) if self.bonus == "cap" else counts.total

    def option(self, of_marks: str) -> str:
        """Return the option that names the column to fill. of_marks: the one for a column of marks."""
        return "--bonus-column" if self.bonus_alone else of_marks

    @property
    def sentence(self) -> str:
        """What a mark holds, for people."""
        late = (
            "nothing is taken off for lateness: that is left to the LMS"
            if self.late_by_lms
            else "what the late policy of grade class takes off is off "
            "(so let the LMS take off nothing, or say --late-by-lms)"
        )
        what = "the bonus alone" if self.bonus_alone else BONUS[self.bonus]
        return f"What a mark holds: {what}; {late}; decisions of people are in it."


DEFAULT = Holds()
