"""How long does a learner wait for a check cell? `python -m grading.notebooks.benchmark [ROUNDS]`.

check cell   what check(6) does in a notebook's kernel, after an edit of main.py
cold pytest  `pytest --app` on the same step, in a new process

Both in seconds of wall time, medians over the rounds, which alternate. Step 6 has the most tests.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grading import KIT
from grading.notebooks.checking import check
from grading.steps import step as step_of

STEP = 6


def check_cell(folder: Path) -> float:
    """Edit the program, run the check cell, and return its seconds."""
    with (folder / "main.py").open("a", encoding="utf-8") as file:
        file.write("# an edit\n")
    started = time.perf_counter()
    panel = check(STEP)
    seconds = time.perf_counter() - started
    assert panel.done, panel
    return seconds


def cold_pytest(folder: Path) -> float:
    """Return the seconds of pytest on the same step."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--app", str(folder)]
    subprocess.run([*command, step_of(STEP).tests], cwd=KIT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "starter")
        shutil.copytree(KIT / "solution", folder)
        os.environ["KIT_TARGET"] = str(folder)
        check_cell(folder)  # starts the helper
        pairs = [(cold_pytest(folder), check_cell(folder)) for _ in range(rounds)]
    cold, warm = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"step {STEP}, median of {rounds}: check cell {warm:.2f} s, cold pytest {cold:.2f} s")
    print(f"cold pytest / check cell = {cold / warm:.1f}")


if __name__ == "__main__":
    main()
