"""A grader for tests of everything around grading: it knows the gallery's marks by heart and needs no time.

`python -m grading.tests.classroom.known_grader class SOURCE --out DIR` is the command `grade` with this grader.
"""

from __future__ import annotations

import functools
import hashlib
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from grading import commands
from grading.intake.submission import open_submission
from grading.judging import grader
from grading.maintain.class_of_300 import SIGNATURE
from grading.maintain.class_works import CORE
from grading.maintain.gallery import about, programs
from grading.results.failure import Failure
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.results.steps import STEPS


@functools.cache
def known() -> dict[bytes, tuple[list[int], bool]]:
    """Return, by the bytes of main.py, the steps that a program breaks and whether it has the bonus."""
    found: dict[bytes, tuple[list[int], bool]] = {b"": (CORE, False)}
    for folder in (*programs("correct"), *programs("wrong")):
        facts = about(folder)
        found[(folder / "main.py").read_bytes()] = (facts.get("breaks", []), bool(facts.get("bonus")))
    return found


class KnownGrader:
    """Stands in for grading.judging.grader.Grader."""

    delay = float(os.environ.get("KNOWN_GRADER_DELAY", 0))

    def __init__(self, workers: int = 2, **rest: Any) -> None:
        self.workers = self.spare = workers
        self.graded: list[str] = []
        self._lock = threading.Lock()

    def __enter__(self) -> KnownGrader:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def grade(self, path: Path, **rest: Any) -> Result:
        """Grade by heart; what it does not know gets marks that follow from its content."""
        time.sleep(self.delay)
        with open_submission(path) as submission:
            main = (submission.folder / "main.py").read_bytes().partition(SIGNATURE)[0]
            with self._lock:
                self.graded.append(submission.name)
            if b"os._exit" in main:
                return not_graded("The program ended the test process.", submission.sha256, time.perf_counter())
            digest = hashlib.sha256(main).digest()
            breaks, bonus = known().get(main, ([step for step in CORE if digest[step] % 2], False))
            tests = [
                a_test(row.number, row.marks, row.number in breaks or (row.number == 10 and not bonus))
                for row in STEPS
                if row.tests
            ]
            return make_result(tests, submission.sha256, time.perf_counter())


def a_test(step: int, marks: float, broken: bool, name: str = "works") -> TestResult:
    """Return the one test of a step."""
    failure = Failure("…", "", "", f"step {step}", "…") if broken else None
    id, message = f"test_step_{step:02}::test_{name}", str(failure or "")
    score = 0 if broken else marks
    return TestResult(id, step, "failed" if broken else "passed", score, marks, message, failure=failure)


def better(result: Result, step: int) -> Result:
    """Return the result of a suite that asks for less in one step."""
    tests = [
        replace(test, status="passed", score=test.max_score, message="", failure=None) if test.step == step else test
        for test in result.tests
    ]
    return make_result(tests, result.hashes["submission"], result.duration_s)


if __name__ == "__main__":
    grader.Grader = KnownGrader  # type: ignore[misc,assignment]
    commands.main()
