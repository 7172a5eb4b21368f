"""Try a student's own tests on small changes of their own program: which of these bugs do they catch?

Only steps that work are changed, and only changes count that the suite sees: so each one breaks the contract, and tests
that stay green have missed it. No program of the instructors' is needed. Marks come from other programs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grading.checking.check import warm_check
from grading.checking.mutant import Mutant
from grading.checking.mutant_kinds import mutants
from grading.checking.own_tests import NO_TESTS, quiet_run
from grading.intake.submission import SubmissionError, read_submission
from grading.results.assignment import ASSIGNMENT

_AT_ONCE = 2  # each is a judge and then a pytest


@dataclass(frozen=True)
class Played:
    """One bug, and whether the tests caught it."""

    mutant: Mutant
    file: str
    caught: bool


class NotYet(Exception):
    """The game can't begin; `str(error)` says what comes first."""


def play(folder: Path, on_bug: Callable[[Played], None] = lambda played: None) -> list[Played]:
    """Run the tests of `folder` on each mutant of its program. Raises NotYet.

    `on_bug` is called with each as it is known, in a thread of its own.
    """
    result = warm_check(folder)
    if not result.graded:
        raise NotYet(result.reason or "Your program could not be checked.")
    done = {row.step for row in result.steps if row.status == "passed"}
    code, said = quiet_run(folder)
    if code is None:
        raise NotYet("Your tests did not finish on your own program. Run them: grade test")
    if code == NO_TESTS:
        raise NotYet("There is no test in test_main.py yet. Write the first one, then run it: grade test")
    if code:
        last = said.strip().splitlines()[-1:] or [""]
        raise NotYet(f"Your tests must pass on your own program first ({last[0].strip(' =')}). Run them: grade test")
    changed = _changed(folder, done)
    if not changed:
        raise NotYet("The bugs go into steps that work, and none does yet. Next: grade check")

    def try_one(given: tuple[str, Mutant]) -> Played | None:
        name, mutant = given
        with tempfile.TemporaryDirectory(prefix="bug-") as place:
            copy = Path(place) / "program"
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"), symlinks=True)
            (copy / name).write_text(mutant.source, encoding="utf-8")
            if not is_seen(copy, mutant.step):
                return None
            played = Played(mutant, name, quiet_run(copy)[0] != 0)
        on_bug(played)
        return played

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [played for played in pool.map(try_one, changed) if played is not None]


def is_seen(folder: Path, step: int) -> bool:
    """Return whether the suite fails the program in this step: not if it does not even start."""
    result = warm_check(folder, step)
    return result.graded and any(test.status == "failed" for test in result.tests)


def _changed(folder: Path, done: Collection[int]) -> list[tuple[str, Mutant]]:
    """Return the first mutant of each kind, with the name of its file, for steps that are done."""
    found: dict[str, tuple[str, Mutant]] = {}
    try:
        files = read_submission(folder)
    except SubmissionError as problem:
        raise NotYet(str(problem)) from None
    names = sorted(name for name in files if name.endswith(".py") and not Path(name).name.startswith("test_"))
    for name in sorted(names, key=lambda name: name != ASSIGNMENT.program):
        try:
            known = mutants(files[name].decode("utf-8-sig"))
        except (SyntaxError, ValueError, RecursionError):
            continue
        for mutant in known:
            if mutant.step in done:
                found.setdefault(mutant.kind, (name, mutant))
    return sorted(found.values(), key=lambda given: given[1].step)
