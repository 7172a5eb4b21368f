"""The step table of the assignment, tests/steps.toml, as typed data."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from grading import GALLERY, AssignmentError
from grading.results.assignment import ASSIGNMENT

OWN_TESTS_PROGRAMS = GALLERY / "own_tests.toml"
"""The list of programs for step 9: see `judging.student_tests.scoring`."""

Judged = Literal["suite", "hands-on", "own-tests", "bonus"]


@dataclass(frozen=True)
class Step:
    """One row of the table. File names are relative to the assignment's folder."""

    number: int
    title: str
    objective: str
    marks: int
    judged: Judged
    tests: str = ""
    notebook: str = ""
    todo: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def core(self) -> bool:
        """Whether its marks count towards the maximum: it has marks that are no bonus."""
        return self.judged in ("suite", "own-tests")

    @functools.cached_property
    def where(self) -> str:
        """Where a student should look: step, notebook (if this copy of the kit has it) and hint."""
        notebook = f", {self.notebook}" if (ASSIGNMENT.folder / self.notebook).is_file() else ""
        hint = f", or a hint: grade hint {self.number}" if self.hints else ""
        return f'step {self.number} "{self.title}"{notebook}{hint}'


def read_steps() -> tuple[Step, ...]:
    """Parse the table. Raises AssignmentError if it is damaged."""
    file = ASSIGNMENT.tests / "steps.toml"
    try:
        return tuple(_step(**row) for row in tomllib.loads(file.read_text(encoding="utf-8"))["step"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
        raise AssignmentError(f"{file} is no table of steps: {problem}.") from None


def _step(todo: Iterable[str] = (), hints: Iterable[str] = (), **fields: Any) -> Step:
    return Step(**fields, todo=tuple(text.strip() for text in todo), hints=tuple(hints))


STEPS = read_steps()
MAX_SCORE = sum(step.marks for step in STEPS if step.core)
MAX_BONUS = sum(step.marks for step in STEPS if step.judged == "bonus")


def marks_own_tests() -> bool:
    """Whether this copy of the kit has the programs for step 9. Students' copies do not."""
    return any(step.judged == "own-tests" for step in STEPS) and OWN_TESTS_PROGRAMS.is_file()


def is_bonus(number: int) -> bool:
    """Return whether a step's marks are a bonus; an instructor's own tests are step 0."""
    return number > 0 and step(number).judged == "bonus"


def step(number: int) -> Step:
    """Return the step with this number. Raises KeyError with a sentence for an unknown one."""
    for candidate in STEPS:
        if candidate.number == number:
            return candidate
    raise KeyError(f"There is no step {number}. The steps are 1 to {STEPS[-1].number}.")
