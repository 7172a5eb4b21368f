"""Match a failing result with the gallery program that fails in the same way, and so name what often causes that.

A program's pattern maps the id of each failed test to what it observed (see `failure.Failure`): nothing that differs
between two programs with the same misconception. The gallery's patterns stand in grading/gallery/patterns.json;
`python -m grading.maintain.misconception_data` writes them, and with `--evaluate` measures how often a match is right.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from grading import GALLERY
from grading.results.assignment import ASSIGNMENT
from grading.results.reading import first_open
from grading.results.result import Result
from grading.results.steps import STEPS

PATTERNS = GALLERY / "patterns.json"

CLOSE = 0.75
"""The likeness from which on a match is shown: see `--evaluate`."""

Pattern = Mapping[str, str]


@dataclass(frozen=True)
class Misconception:
    """What a student may believe. `name`: its folder in the gallery."""

    name: str
    title: str
    explanation: str
    """The cause, completing "This often happens when …"; then a sentence about what to do."""
    notebook: str
    section: str
    """The heading to read, in the notebook."""

    @property
    def where(self) -> str:
        """What to read, in words; "" if this copy of the kit lacks the notebook."""
        return f'{self.notebook}, "{self.section}"' if (ASSIGNMENT.folder / self.notebook).is_file() else ""


def nearest(result: Result) -> Misconception | None:
    """Return the misconception whose program fails most alike; None if none is close, or two are equally close.

    Only misconceptions about the step of the first open test count: that test is what the student is shown.
    """
    test = first_open(test for test in result.tests if test.step)  # an instructor's own tests belong to no step
    if test is None or test.status != "failed":
        return None
    found, ran = pattern(result), {row.id for row in result.tests}
    close = {name: known for name, known in patterns().items() if test.step in map(_step, known)}
    scores = {name: _likeness(found, known, ran) for name, known in close.items()}
    best = max(scores.values(), default=0)
    names = [name for name, score in scores.items() if score == best]
    return misconception(names[0]) if best >= CLOSE and len(names) == 1 else None


def pattern(result: Result) -> dict[str, str]:
    """Return the pattern of a result. Step 9 is left out: its tests are the student's own."""
    suite = {row.number for row in STEPS if row.tests}
    return {test.id: test.failure.observation for test in result.tests if test.failure and test.step in suite}


def _likeness(found: Pattern, known: Pattern, ran: set[str]) -> float:
    """Compare two patterns in the steps that the known one breaks: 1 if they are equal, 0 if they share no test.

    Other steps may hold other mistakes, or nothing yet. A test that failed with another observation counts half.
    `ran`: ids of all tests that ran.
    """
    steps = {_step(key) for key in known}
    mine = {key for key in found if _step(key) in steps}
    theirs = known.keys() & ran
    alike = sum(1.0 if found[key] == known[key] else 0.5 for key in mine & theirs)
    return alike / len(mine | theirs) if theirs else 0


def _step(test_id: str) -> int:
    digits = test_id.removeprefix("test_step_")[:2]
    return int(digits) if digits.isdecimal() else 0


@cache
def patterns() -> Mapping[str, Pattern]:
    """Return the gallery's patterns by name, without programs that another one stands for; none without a gallery."""
    data: dict[str, Pattern] = json.loads(PATTERNS.read_text(encoding="utf-8")) if PATTERNS.is_file() else {}
    return {name: known for name, known in data.items() if "like" not in about(name)}


@cache
def about(name: str) -> dict[str, Any]:
    """Parse a wrong program's program.toml."""
    return tomllib.loads((GALLERY / "wrong" / name / "program.toml").read_text(encoding="utf-8"))


def misconception(name: str) -> Misconception:
    """Return the misconception of this name."""
    facts = about(name)
    numbers = [facts["step"]] if "step" in facts else sorted(facts["breaks"])
    notebook = next((row.notebook for number in numbers for row in STEPS if row.number == number), "")
    return Misconception(name, facts["title"], facts["explanation"], notebook, facts["section"])
