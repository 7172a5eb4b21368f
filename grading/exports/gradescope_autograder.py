"""Run on Gradescope: grade /autograder/submission, write /autograder/results/results.json.

Hidden tests are on the disk of the machine that runs the student's program: with them, nothing runs without a sandbox.
"""

from __future__ import annotations

import json
import sys
import traceback
from datetime import datetime
from pathlib import Path

from grading.atomic_file import write_file
from grading.exports.gradescope import gradescope_results
from grading.judging.grader import Grader, SandboxMissing
from grading.results.result import Result, not_graded
from grading.results.steps import MAX_SCORE

EXTRA_TESTS = "extra_tests"
"""The folder in the bundle with the instructor's own tests."""
_UNSAFE = "The autograder can't keep its hidden tests from the program here, so it ran nothing. Tell your instructor."


def main(root: Path) -> int:
    """Grade one submission. Always writes a result and returns 0; errors are printed for the instructor."""
    for sentence in remarks(root / "submission_metadata.json"):
        print(sentence)
    extra = root / "source" / EXTRA_TESTS
    try:
        result = grade(root / "submission", extra if extra.is_dir() else None)
        print(f"Isolation: {json.dumps(result.isolation)}")
    except Exception:
        traceback.print_exc(file=sys.stdout)
        result = not_graded("The autograder itself failed. Tell your instructor; it is not your fault.")
    write_file(root / "results" / "results.json", json.dumps(gradescope_results(result), indent=1))
    return 0


def grade(submission: Path, extra_tests: Path | None) -> Result:
    """Return the result: "not graded" if there are hidden tests that the program could read."""
    try:
        # One worker: the container has 768 MB and half a processor.
        with Grader(1, extra_tests=extra_tests, require_sandbox=extra_tests is not None) as grader:
            return grader.grade(submission)
    except SandboxMissing:
        return not_graded(_UNSAFE)


def remarks(metadata: Path) -> list[str]:
    """Return sentences for the instructor about submission_metadata.json, which may be missing or damaged."""
    try:
        data = json.loads(metadata.read_bytes())
        points = float(data["assignment"]["total_points"])
        due = data["assignment"]["due_date"]
        late = due is not None and datetime.fromisoformat(data["created_at"]) > datetime.fromisoformat(due)
    except (OSError, ValueError, TypeError, KeyError) as problem:
        return [f"submission_metadata.json says nothing ({type(problem).__name__}); the marks do not depend on it."]
    told_late = "Late by the dates there; Gradescope's own late policy applies, nothing was taken off here."
    told_points = f"The assignment has {points:g} points, and the kit's marks are out of {MAX_SCORE}: change it there."
    return [told_late] * late + [told_points] * (points < MAX_SCORE)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
