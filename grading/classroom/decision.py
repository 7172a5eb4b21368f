"""What a person decided about a mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grading.results.steps import step as step_of


@dataclass(frozen=True)
class Decision:
    """One line of decisions.csv."""

    step: int | None
    """None: about the total."""
    marks: float | None = None
    """New marks, in place of the others."""
    change: float | None = None
    """Marks more or less; with neither of them, the line is a comment."""
    comment: str = ""
    who: str = ""
    when: str = ""

    def __str__(self) -> str:
        what = f"step {self.step} ({step_of(self.step).title})" if self.step is not None else "the total"
        if self.marks is not None:
            what += f" is now {self.marks:g}"
        elif self.change is not None:
            what += f": {self.change:+g}"
        by = ", ".join(filter(None, (self.who, self.when)))
        return f"{what[:1].upper()}{what[1:]}{f' ({by})' if by else ''}{f': {self.comment}' if self.comment else '.'}"

    @property
    def decides(self) -> bool:
        """Whether it changes marks."""
        return self.marks is not None or self.change is not None


def told(decisions: Iterable[Decision]) -> str:
    """Return decisions as one line."""
    return " ".join(map(str, decisions))
