"""Classroom 50: what its autograder says of a result, in whole marks.

Source: foundation50/classroom50, wiki page Advanced-Autograding and runner.py, read in November 2026. `score` and
`max-score` are non-negative integers, of each test, too. The kit's marks can be halves: each step's are rounded down,
so that the steps add up to the total, and nobody sees full marks who lacks some.

`python -m grading.exports.classroom50 CHECKOUT FILE` grades a checkout, in the bundle's own environment, and writes
FILE for autograder.py. It ends with 3 if nothing was graded.
"""

from __future__ import annotations

import json
import sys
from math import floor
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.exports.result_markdown import result_markdown
from grading.judging.grader import Grader
from grading.results.assignment import ASSIGNMENT
from grading.results.reading import marks_in_words
from grading.results.result import Result
from grading.results.steps import step as step_of

STARTER = "starter"
"""The folder of a student's copy of the kit in which the program stands."""


def classroom50_marks(result: Result) -> dict[str, Any]:
    """Return score, max-score and a test for each core step, without the bonus: it counts in neither number."""
    rows = [row for row in result.steps if row.step and step_of(row.step).core and row.max_score]
    tests = [
        {
            "test-name": f"Step {row.step}: {row.title}",
            "passed": row.status == "passed",
            "score": floor(row.score),
            "max-score": floor(row.max_score),
        }
        for row in rows
    ]
    score, most = sum(floor(row.score) for row in rows), sum(floor(row.max_score) for row in rows)
    return {"score": score, "max-score": most, "tests": tests}


def grading_of(result: Result) -> dict[str, Any]:
    """Return what autograder.py needs of a result: the marks if there are any, the feedback and a line about it."""
    about = result.isolation
    kept = ", ".join(about["layers"]) or "none"
    missing = f"; not to be had here: {', '.join(sorted(about['missing']))}" if about["missing"] else ""
    told = (
        "This is a self-check in your own repository. Your marks come from your instructor's own run of the grader.\n\n"
        f"How your program was kept apart: {about['mode']} (layers: {kept}{missing}).\n"
    )
    summary = marks_in_words(result.score, result.max_score, result.bonus) if result.graded else "Not graded"
    marks = classroom50_marks(result) if result.graded else None
    return {"marks": marks, "body": f"{result_markdown(result)}\n---\n\n{told}", "summary": summary}


def program_in(checkout: Path) -> Path:
    """Return what to grade of a student's repository: its folder starter/, if the program is there, or all of it."""
    folder = checkout / STARTER
    return folder if (folder / ASSIGNMENT.program).exists() else checkout


def main(checkout: Path, out: Path) -> int:
    """Grade the checkout. Returns the exit code; raises what starting the grader raises."""
    with Grader(1) as grader:
        result = grader.grade(program_in(checkout))
    write_file(out, json.dumps(grading_of(result)))
    return 0 if result.graded else 3


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
