"""Measure how long a student waits after an edit: `python -m grading.maintain.student_waits [ROUNDS]`. Linux only.

The suite  by `pytest`, by `warm_check` alone, by the command `grade check`; in `grade watch`, from the save to the new
           result, also while a program that never ends is checked
One step   by `pytest` and by what check(6) does in a notebook's kernel: this step has the most tests
Own tests  the solution's test_main.py, by `pytest` and by `grade test`

Medians, the ways in turn. CPU seconds are those of the processes and of all that they started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

from grading import KIT
from grading.checking import check as warm
from grading.maintain.benchmark import SOLUTION, children_cpu, cold, tree_cpu
from grading.notebooks.checking import check
from grading.results.steps import step

_GRADE = (sys.executable, "-m", "grading")


class Way(NamedTuple):
    """One way to an answer after an edit of the program in `folder`."""

    folder: Path
    work: Callable[[], object]
    cpu: Callable[[], float]
    """Returns the seconds that it has used so far."""
    beside: str
    """The way that it is compared with."""
    prepare: Callable[[], object] = lambda: None
    """What comes before the edit."""


def run(*command: str) -> None:
    """Run a command to its end. Raises CalledProcessError."""
    subprocess.run(command, cwd=KIT, stdout=subprocess.DEVNULL, check=True)


class Watch:
    """A `grade watch` of the program in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Start it, and wait for its first result."""
        command = [*_GRADE, "watch", "--plain", str(folder)]
        pipe = subprocess.PIPE
        self._program = folder / "main.py"
        self._process = subprocess.Popen(command, cwd=KIT, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        self._tree = psutil.Process(self._process.pid)
        self.wait_for_result()

    def wait_for_result(self) -> None:
        """Wait until a check has ended."""
        self._wait_for("Checked at")

    def cpu(self) -> float:
        """Return the seconds that it and its checks have used, but for one that was ended by force."""
        return tree_cpu(self._tree, *self._tree.children())

    def begin_endless_check(self) -> None:
        """Save a program that never ends, and wait until its check has begun."""
        self._program.write_text("while True:\n    pass\n", encoding="utf-8")
        self._wait_for("Checking")
        time.sleep(1)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()

    def _wait_for(self, words: str) -> None:
        assert self._process.stdout is not None
        if not any(words in line for line in self._process.stdout):
            raise EOFError(f"grade watch ended before it said: {words}")


def ways(mine: Path, watched: Path, watch: Watch) -> dict[str, Way]:
    """Return all ways for the solution in `mine`, which the helper knows, and in `watched`, at which `watch` looks."""
    helper = psutil.Process(warm._started[-1].pid)

    def here() -> float:
        return tree_cpu(helper) + time.process_time()

    def command() -> float:
        return tree_cpu(helper) + children_cpu()

    def check_cell() -> None:
        assert check(6).done

    kit = ["-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT), "-p", "no:cacheprovider"]
    own_tests = [sys.executable, "-m", "pytest", *kit, str(mine / "test_main.py")]
    return {
        "pytest": Way(mine, lambda: cold(mine), children_cpu, "pytest"),
        "warm_check": Way(mine, lambda: warm.warm_check(mine), here, "pytest"),
        "grade check": Way(mine, lambda: run(*_GRADE, "check", str(mine)), command, "pytest"),
        "grade watch": Way(watched, watch.wait_for_result, watch.cpu, "grade check"),
        "watch, endless": Way(watched, watch.wait_for_result, watch.cpu, "grade check", watch.begin_endless_check),
        "pytest, 6": Way(mine, lambda: cold(mine, step(6).tests), children_cpu, "pytest, 6"),
        "check(6)": Way(mine, check_cell, here, "pytest, 6"),
        "pytest, own tests": Way(mine, lambda: run(*own_tests), children_cpu, "pytest, own tests"),
        "grade test": Way(mine, lambda: run(*_GRADE, "test", str(mine)), command, "pytest, own tests"),
    }


def measured(way: Way, edit: int) -> tuple[float, float]:
    """Return the seconds on the clock and of CPU of one way, after an edit of both files."""
    way.prepare()
    for name in ("test_main.py", "main.py"):
        text = (SOLUTION / name).read_text(encoding="utf-8")
        (way.folder / name).write_text(f"{text}# edit {edit}\n", encoding="utf-8")
    clock, used = time.monotonic(), way.cpu()
    way.work()
    return time.monotonic() - clock, way.cpu() - used


def main() -> None:
    """Print the figures and their ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as private:
        mine, watched = (shutil.copytree(SOLUTION, Path(private, name)) for name in ("mine", "watched"))
        os.environ |= {"XDG_RUNTIME_DIR": private, "KIT_TARGET": str(mine), "KIT_STATE": str(Path(private, "state"))}
        assert warm.warm_check(mine).score  # the helper's start; it ends when its place is gone
        with contextlib.closing(Watch(watched)) as watch:
            tried = ways(mine, watched, watch)
            turns = [{name: measured(way, edit) for name, way in tried.items()} for edit in range(rounds)]
    medians = {name: [statistics.median(turn[name][n] for turn in turns) for n in (0, 1)] for name in tried}
    print("After an edit, a student waits:")
    for name, (clock, used) in medians.items():
        beside = tried[name].beside
        told = "" if beside == name else f"  {clock / medians[beside][0]:5.2f} of {beside}'s time"
        print(f"  {name:<17} {clock:6.2f} s  {used:6.2f} s of CPU{told}")


if __name__ == "__main__":
    main()
