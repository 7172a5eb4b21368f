"""A class as rows, one for each student, and as a picture of steps by students."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from grading.classroom.entry import Lateness, Mark
from grading.classroom.final import final
from grading.pages.feedback import shown_name
from grading.pages.render import percent
from grading.pages.scrub import scrub
from grading.results.misconceptions import Misconception

_WIDTH, _CELL, _GAP, _LABELS = 640, 16, 2, 26  # pixels
SHADES = 4
"""Of a cell in the table, from some marks lost to all of them; 0 is none."""


@dataclass(frozen=True)
class StudentRow:
    """What the report says of one submission."""

    key: str
    name: str
    state: str
    """graded, not graded, as handed out or waiting."""
    score: float
    bonus: float
    steps: Mapping[int, tuple[float, float]]
    """Marks and most marks of each step that was marked; empty if nothing was graded."""
    late: Lateness | None = None
    late_by_lms: bool = False
    cause: Misconception | None = None
    reason: str = ""
    counts: float | None = None
    """Marks and bonus after the late policy and people's decisions; None if there are none."""
    decided: bool = False

    @property
    def graded(self) -> bool:
        return bool(self.steps)

    @property
    def is_late(self) -> bool:
        return self.late.days > 0 if self.late else self.late_by_lms

    def shade(self, step: int) -> int:
        """Return how much of a step is lost: 0 for nothing, SHADES for all of it."""
        score, most = self.steps.get(step, (0, 0))
        return -int(-SHADES * (most - score) // most) if most else 0


def student_row(mark: Mark, cause: Misconception | None, *, waiting: bool = False) -> StudentRow:
    """Return the row of a mark. waiting: whether the run was stopped before it."""
    entry, result = mark.entry, mark.result
    graded = result.graded and not waiting
    state = "waiting" if waiting else "as handed out" if mark.untouched else "graded" if graded else "not graded"
    steps = {row.step: (row.score, row.max_score) for row in result.steps if row.max_score} if graded else {}
    return StudentRow(
        key=entry.key,
        name=shown_name(entry),
        state=state,
        score=result.score,
        bonus=result.bonus,
        steps=steps,
        late=mark.lateness,
        late_by_lms=bool(entry.late),
        cause=cause if graded and not mark.untouched else None,
        reason="" if graded else scrub(entry.problem or result.reason or ""),
        counts=counts.total if (counts := final(mark)) and not waiting else None,
        decided=any(decision.decides for decision in mark.decisions),
    )


def heat_map(rows: Sequence[StudentRow], steps: Mapping[int, str]) -> Markup | None:
    """Draw a row for each step and a column for each student, best first: a cell is filled as far as marks were lost.

    steps: number -> title. Returns None if nobody was graded.
    """
    ranked = sorted((row for row in rows if row.graded), key=lambda row: (-row.score, -row.bonus, row.name))
    if not ranked:
        return None
    width = min(24.0, max(2.0, (_WIDTH - _LABELS) / len(ranked)))
    gap = _GAP / 2 if width > 4 * _GAP else 0
    height = len(steps) * (_CELL + _GAP)
    parts = []
    for at, step in enumerate(steps):
        top = at * (_CELL + _GAP)
        parts.append(f'<text x="0" y="{top + _CELL - 3}">{step or "own"}</text>')
        parts.append(f'<rect class="ground" x="{_LABELS}" y="{top}" width="{width * len(ranked):g}" height="{_CELL}"/>')
        for column, row in enumerate(ranked):
            score, most = row.steps.get(step, (0, 0))
            if lost := round(_CELL * (most - score) / most, 1) if most else 0:
                x = round(_LABELS + column * width + gap, 1)
                size = f'width="{round(width - 2 * gap, 1):g}" height="{lost:g}"'
                parts.append(f'<rect class="lost" x="{x:g}" y="{round(top + _CELL - lost, 1):g}" {size}/>')
    told = "; ".join(f"{step or ''} {title}: {_told(ranked, step)}".strip() for step, title in steps.items())
    label = escape(f"Heat map of {len(ranked)} students by {len(steps)} steps. {told}.")
    across = f"{_LABELS + width * len(ranked):g}"
    box = f'width="{across}" viewBox="0 0 {across} {height}"'
    return Markup(f'<svg class="heat" role="img" aria-label="{label}" {box}>{"".join(parts)}</svg>')


def _told(rows: Sequence[StudentRow], step: int) -> str:
    marks = [row.steps[step] for row in rows if step in row.steps]
    done = sum(score == most for score, most in marks)
    none = sum(score == 0 for score, _ in marks)
    return f"{percent(done / len(marks))} have all marks, {percent(none / len(marks))} none" if marks else "not marked"
