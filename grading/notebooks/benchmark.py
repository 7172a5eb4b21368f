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
from pathlib import Path
from timeit import timeit

from grading import KIT
from grading.notebooks.checking import check
from grading.steps import step as step_of

STEP = 6


def check_cell(folder: Path) -> None:
    """Edit the program and run the check cell."""
    with (folder / "main.py").open("a", encoding="utf-8") as file:
        file.write("# an edit\n")
    panel = check(STEP)
    assert panel.done, panel


def cold_pytest(folder: Path) -> None:
    """Run pytest on the same step."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--app", str(folder)]
    subprocess.run([*command, step_of(STEP).tests], cwd=KIT, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    """Print the medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(KIT / "solution", Path(scratch, "starter"))
        os.environ["KIT_TARGET"] = str(folder)
        check_cell(folder)  # starts the helper
        both = (lambda: cold_pytest(folder)), (lambda: check_cell(folder))
        seconds = [[timeit(one, number=1) for one in both] for _ in range(rounds)]
    cold, warm = (statistics.median(column) for column in zip(*seconds, strict=True))
    print(f"step {STEP}, median of {rounds}: check cell {warm:.2f} s, cold pytest {cold:.2f} s")
    print(f"cold pytest / check cell = {cold / warm:.1f}")


if __name__ == "__main__":
    main()
