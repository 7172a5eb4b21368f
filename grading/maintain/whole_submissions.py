"""Measure whole submissions, main.py with test_main.py, as a class hands them in. Linux only.

    python -m grading.maintain.whole_submissions [--against REF] [--count N] [--rounds N] [--without-tests]

Each way is measured in turns, so that a machine that others use is not as quick for one as for another: a Grader with
two workers on copies of the solution, each made different by a comment; the same of the commit REF, on its own
solution; and `pytest` on the suite in new processes, two at a time, which judges no test_main.py.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grading import KIT
from grading.maintain.benchmark import WORKERS, children_cpu, cold, highest_pss, side_by_side

_SAMPLE = Path(__file__).with_name("whole_sample.py")
Figures = dict[str, float]
"""Of one turn: seconds on the clock and of CPU for each submission, share of the processors' time, megabytes."""


def measured(checkout: Path, count: int, *, own_tests: bool) -> Figures:
    """Grade `count` submissions with the grader in `checkout`. Returns figures. Raises CalledProcessError."""
    command = [sys.executable, str(_SAMPLE), str(checkout), str(count), str(WORKERS), str(int(own_tests))]
    with highest_pss() as memory:
        done = subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, text=True, check=True)
    said: Figures = json.loads(done.stdout.splitlines()[-1])
    return {**said, "busy": said["cpu"] / said["clock"] / WORKERS, "memory": memory[0]}


def measured_cold(count: int) -> Figures:
    """Run the suite `count` times by pytest, two at a time."""
    before = children_cpu()
    clock = side_by_side(cold, count, WORKERS) / count
    cpu = (children_cpu() - before) / count
    return {"clock": clock, "cpu": cpu, "busy": cpu / clock / WORKERS, "memory": 0.0}


@contextlib.contextmanager
def checked_out(ref: str) -> Iterator[Path]:
    """Give a folder with the kit of this commit."""
    with tempfile.TemporaryDirectory(prefix="kit-") as place:
        packed = subprocess.run(["git", "archive", ref], cwd=KIT, stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "-x", "-C", place], input=packed.stdout, check=True)
        yield Path(place)


def main() -> None:
    """Print the figures and their ratios: medians of the turns."""
    parser = argparse.ArgumentParser(prog="python -m grading.maintain.whole_submissions")
    parser.add_argument("--against", metavar="REF", help="a commit to compare with")
    parser.add_argument("--count", type=int, default=20, help="submissions in a turn (20)")
    parser.add_argument("--rounds", type=int, default=3, help="turns (3)")
    parser.add_argument("--without-tests", action="store_true", help="main.py alone")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        ways: dict[str, Any] = {"here": lambda: measured(KIT, given.count, own_tests=not given.without_tests)}
        if given.against:
            other = stack.enter_context(checked_out(given.against))
            ways[given.against] = lambda: measured(other, given.count, own_tests=not given.without_tests)
        ways["cold pytest"] = lambda: measured_cold(WORKERS * 2)
        turns = [{name: way() for name, way in ways.items()} for _ in range(given.rounds)]
    print(f"{'':<12} a minute   CPU s   busy   memory")
    middle = {
        name: {key: statistics.median(turn[name][key] for turn in turns) for key in turns[0][name]} for name in ways
    }
    for name, found in middle.items():
        quicker = found["clock"] / middle["here"]["clock"]
        line = f"{60 / found['clock']:8.1f} {found['cpu']:7.2f} {found['busy']:6.0%} {found['memory']:6.0f} MB"
        print(f"{name:<12} {line}   here is {quicker:.1f} x as quick")


if __name__ == "__main__":
    main()
