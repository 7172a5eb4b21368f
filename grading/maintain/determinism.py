"""`python -m grading.maintain.determinism [N] [NAME …]`: does grading the same program again give the same result?

Grades the solution, the gallery and the hostile programs (or those of these names) N times each, 20 unless told, on all
processors, and prints the first difference of each. Exit code 1 if anything does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grading import KIT
from grading.judging.grader import Grader
from grading.maintain.comparison import differences
from grading.maintain.gallery import programs
from grading.maintain.hostile import PATIENCE, Hostile, canaries, hostile_ground, hostile_programs

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
    workers = os.cpu_count() or 1
    with (
        hostile_ground() as ground,
        canaries(ground) as made,
        Grader(workers, own_tests=False, patience=PATIENCE) as grader,
        ThreadPoolExecutor(workers) as pool,
    ):
        made.aim["pids"] = grader.processes()

        def grade_again(program: Path | Hostile) -> bool:
            """Tell whether the results differ; print what does."""
            if isinstance(program, Hostile):
                submission, step = program.hand_in(ground / program.name, made.aim), program.step
            else:
                submission, step = program, None
            lines = list(instabilities(grader, submission, times, step))
            for line in lines[:1]:
                print(f"{program.name}: {len(lines)} differences, the first one: {line}", flush=True)
            return bool(lines)

        found: list[Path | Hostile] = [
            *(KIT / "solution", *programs("correct"), *programs("wrong")),
            *(each for each in hostile_programs() if each.works_with(grader.isolation)),
        ]
        differ = list(pool.map(grade_again, [each for each in found if not arguments or each.name in arguments]))
    print(f"{len(differ)} programs, {times} times each: {sum(differ)} with results that differ.")
    return 1 if any(differ) or not differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
