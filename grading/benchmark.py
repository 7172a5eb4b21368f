"""Measure, side by side in one run, what a warm process saves: `python -m grading.benchmark [ROUNDS]`.

cold   a new process: import LiteLLM, collect, run the suite on the solution, as `pytest tests` does
warm   the same suite on the same program in a process that has done it before

Both figures are CPU seconds of the processes themselves, medians over the rounds, which alternate. Shared
machines make them noisy; the ratio is what to look at.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time

from grading import KIT, litellm_environment

SUITE = [str(KIT / "tests")]
SOLUTION = str(KIT / "solution")


def cold() -> float:
    """Return the CPU seconds of one `pytest tests` in a new process."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider", *SUITE],
        cwd=KIT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def warm() -> float:
    """Return the CPU seconds of one run of the suite in this process."""
    from grading.judge import judge

    started = time.process_time()
    tests = judge(SOLUTION, SUITE, io.StringIO())
    seconds = time.process_time() - started
    assert all(test.status == "passed" for test in tests)
    return seconds


def main() -> None:
    """Print the medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    litellm_environment.prepare_environment()
    warm()  # what only the first run pays
    pairs = [(cold(), warm()) for _ in range(rounds)]
    cold_s, warm_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"suite on the solution, median of {rounds}: cold {cold_s:.2f} s, warm {warm_s:.2f} s of CPU")
    print(f"cold / warm = {cold_s / warm_s:.1f}")


if __name__ == "__main__":
    main()
