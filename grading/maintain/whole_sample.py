"""Grade copies of a checkout's solution with that checkout's grader: `whole_sample.py CHECKOUT COUNT WORKERS 0-or-1`.

The last number says whether test_main.py is handed in, too.

A script, because it imports the kit of another commit. Prints JSON: seconds on the clock and of CPU, per submission.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil


def main() -> None:
    """Grade WORKERS submissions to warm up, then COUNT that are measured."""
    checkout, count, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sys.path[0] = str(checkout)
    files = ["main.py", "test_main.py"][: 1 + int(sys.argv[4])]
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place, str(number)) for number in range(count + workers)]
        for folder in folders:
            folder.mkdir()
            for name in files:
                text = (checkout / "solution" / name).read_text(encoding="utf-8")
                (folder / name).write_text(f"{text}# {folder.name}\n", encoding="utf-8")
        with _grader()(workers) as grader, ThreadPoolExecutor(workers) as pool:
            list(pool.map(grader.grade, folders[:workers]))
            clock, used = time.monotonic(), _cpu()
            marks = [result.score for result in pool.map(grader.grade, folders[workers:])]
            clock, used = time.monotonic() - clock, _cpu() - used
    assert min(marks) >= 90, marks  # what main.py alone gets
    print(json.dumps({"clock": clock / count, "cpu": used / count}))


def _grader() -> Any:
    try:
        return importlib.import_module("grading.judging.grader").Grader
    except ImportError:  # before the packages had floors
        return importlib.import_module("grading.grader").Grader


def _cpu() -> float:
    """Return the CPU seconds of this process, of those below it that live, and of those that have ended."""
    me = psutil.Process()
    total = 0.0
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:  # it has just ended: its parent counts it
            continue
        total += times.user + times.system + (times.children_user + times.children_system)
    return total


if __name__ == "__main__":
    main()
