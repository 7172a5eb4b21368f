"""The step table, tests/steps.toml, as typed data."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from typing import Literal

from grading import GALLERY, KIT

OWN_TESTS_PROGRAMS = GALLERY / "own_tests.toml"
"""The list of programs for step 9: see `judging.student_tests.scoring`."""

Judged = Literal["suite", "hands-on", "own-tests", "bonus"]


@dataclass(frozen=True)
class Step:
    """One row of the table. File names are relative to the kit's folder."""

    number: int
    title: str
    objective: str
    marks: int
    judged: Judged
    notebook: str
    tests: str
    todo: tuple[str, ...]
    hints: tuple[str, ...]

    @property
    def core(self) -> bool:
        """Whether its marks count towards the maximum: it has marks that are no bonus."""
        return self.judged in ("suite", "own-tests")

    @functools.cached_property
    def where(self) -> str:
        """Where a student should look: step, notebook (if this copy of the kit has it) and hint."""
        notebook = f", {self.notebook}" if (KIT / self.notebook).is_file() else ""
        return f'step {self.number} "{self.title}"{notebook}, or a hint: grade hint {self.number}'


def read_steps() -> tuple[Step, ...]:
    """Parse the table. Raises OSError or tomllib.TOMLDecodeError if the kit is damaged."""
    rows = tomllib.loads((KIT / "tests" / "steps.toml").read_text(encoding="utf-8"))["step"]
    return tuple(
        Step(**{**row, "todo": tuple(text.strip() for text in row["todo"]), "hints": tuple(row["hints"])})
        for row in rows
    )


STEPS = read_steps()
MAX_SCORE = sum(step.marks for step in STEPS if step.core)
MAX_BONUS = sum(step.marks for step in STEPS if step.judged == "bonus")


def marks_own_tests() -> bool:
    """Whether this copy of the kit has the programs for step 9. Students' copies do not."""
    return OWN_TESTS_PROGRAMS.is_file()


def is_bonus(number: int) -> bool:
    """Return whether a step's marks are a bonus; an instructor's own tests are step 0."""
    return number > 0 and step(number).judged == "bonus"


def step(number: int) -> Step:
    """Return the step with this number. Raises KeyError with a sentence for an unknown one."""
    for candidate in STEPS:
        if candidate.number == number:
            return candidate
    raise KeyError(f"There is no step {number}. The steps are 1 to {STEPS[-1].number}.")
