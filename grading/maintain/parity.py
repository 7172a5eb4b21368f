"""`python -m grading.maintain.parity [NAME …]`: do both modes give the same marks on the whole gallery?

Each program is judged in this process, as `pytest` and `grade check` do it, and from outside, as `grade run` does.
Prints what differs. Exit code 1 if anything does.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from grading import KIT
from grading.judging.grader import Grader
from grading.judging.judge import judge
from grading.maintain.comparison import differences
from grading.maintain.gallery import programs
from grading.results.result import Result, make_result


def marked_here(folder: Path) -> Result:
    """Judge a program in this process, without what it prints."""
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        return make_result(judge(str(folder), [str(KIT / "tests")], io.StringIO()), "", 0)


def disagreements(grader: Grader, folder: Path) -> Iterator[str]:
    """Yield what differs between the two modes."""
    return differences(marked_here(folder), grader.grade(folder), messages=False)


def main(names: list[str]) -> int:
    """Compare the programs of these names, or all and the solution."""
    folders = [KIT / "solution", *programs("correct"), *programs("wrong")]
    chosen = [folder for folder in folders if not names or folder.name in names]
    differing = 0
    with Grader(1, own_tests=False) as grader:
        for folder in chosen:
            for number, line in enumerate(disagreements(grader, folder)):
                differing += number == 0
                print(f"{folder.name}: {line}", flush=True)
    print(f"{len(chosen)} programs: {differing} differ between the two modes.")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
