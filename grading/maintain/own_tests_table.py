"""Print what test files of growing skill get for step 9: `python -m grading.maintain.own_tests_table`. Linux only.

The files are in grading/tests/judging/student_tests/ladder; the last row is the solution's. A test pins their marks.
"""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grading import KIT
from grading.judging.grader import Grader
from grading.judging.student_tests.reasons import NAME
from grading.judging.student_tests.scoring import STEP, unnoticed
from grading.results.assignment import ASSIGNMENT
from grading.results.result import TestResult

LADDER = KIT / "grading" / "tests" / "judging" / "student_tests" / "ladder"
REFERENCE = KIT / "solution" / NAME


def rungs() -> list[tuple[Path, str]]:
    """Return the test files and what their docstrings say, such as "3 of 10: the happy path"."""
    told = [
        (file, ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "") for file in LADDER.glob("*.py")
    ]
    return [*sorted(told), (REFERENCE, f"{STEP.marks} of {STEP.marks}: a test for each row of the contract.")]


@contextmanager
def submitted(tests: Path) -> Iterator[Path]:
    """Yield a submission with these tests beside the solution's program."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(KIT / "solution" / ASSIGNMENT.program, folder)
        shutil.copy(tests, Path(folder, NAME))
        yield Path(folder)


def judged(grader: Grader, tests: Path) -> tuple[TestResult, ...]:
    """Return the results of step 9 for this file."""
    with submitted(tests) as folder:
        return grader.grade(folder, step=STEP.number).tests


def main() -> None:
    """Print the table."""
    table = Table("tests", "marks", "what they look at", "bugs that they miss")
    with Grader(1) as grader:
        for file, told in rungs():
            results = judged(grader, file)
            missed = "all" if results[0].status != "passed" else "\n".join(unnoticed(results))
            table.add_row(file.stem, f"{sum(test.score for test in results):g}", told.partition(": ")[2], missed)
    Console().print(table)


if __name__ == "__main__":
    main()
