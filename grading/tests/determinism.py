"""`python -m grading.tests.determinism [N] [NAME …]`: does grading the same program again give the same result?

Grades the solution, the gallery and the hostile programs (or those of these names) N times each, 20 unless told, one
after another by one grader, and prints what differs from the first time. Exit code 1 if anything does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from grading import KIT
from grading.grader import Grader
from grading.tests.comparison import differences
from grading.tests.hostile import PATIENCE, canaries, hostile_ground, hostile_programs
from grading.tests.test_gallery import programs

TIMES = 20


def instabilities(grader: Grader, submission: Path, times: int, step: int | None = None) -> Iterator[str]:
    """Yield what differs between the first and each later result of this submission."""
    first = grader.grade(submission, step=step)
    for number in range(2, times + 1):
        for line in differences(first, grader.grade(submission, step=step)):
            yield f"time {number}: {line}"


def main(arguments: list[str]) -> int:
    """Grade the programs again and again."""
    times = int(arguments.pop(0)) if arguments and arguments[0].isdecimal() else TIMES
    count = unstable = 0
    with hostile_ground() as ground, canaries(ground) as made, Grader(1, own_tests=False, patience=PATIENCE) as grader:
        made.aim["pids"] = grader.processes()
        honest = [(folder, None) for folder in (KIT / "solution", *programs("correct"), *programs("wrong"))]
        hostile = [(each.folder, each) for each in hostile_programs() if each.works_with(grader.isolation)]
        for folder, program in (*honest, *hostile):
            if arguments and folder.name not in arguments:
                continue
            submission = program.hand_in(ground / folder.name, made.aim) if program else folder
            lines = list(instabilities(grader, submission, times, program.step if program else None))
            count, unstable = count + 1, unstable + bool(lines)
            for line in lines:
                print(f"{folder.name}: {line}", flush=True)
    print(f"{count} programs, {times} times each: {unstable} with results that differ.")
    return 1 if unstable or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
