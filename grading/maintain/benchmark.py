"""Measure, side by side in one run, what grading costs: `python -m grading.maintain.benchmark [ROUNDS]`. Linux only.

cold   `pytest --app solution` in a new process, as one types it, two at a time
warm   the same suite on the same program by a Grader with two workers: farm, sandbox, judges; without step 9, of which
       `pytest` knows nothing
floor  what no grader of this kind can save: a fork of a warm pytest that runs as many empty tests, and a sandboxed
       fork of the warm farm

step 9 the solution's own tests, judged by what they catch: by one worker of a warm Grader

CPU seconds are those of the processes and of all that they started. Shared machines make every figure noisy, and the
ratios less so. Memory is the proportional set size (PSS in proc(5)) of the grader's processes while they work.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from grading import KIT
from grading.intake.submission import open_submission
from grading.judging.grader import Grader, start_farm
from grading.judging.judges import JudgeOrder, start_judges
from grading.judging.lines import JudgeOutput
from grading.judging.student_tests.scoring import STEP
from grading.processes.sandboxed import SandboxOrder

SOLUTION = KIT / "solution"
WORKERS = 2


def cold(folder: object = SOLUTION, *tests: str) -> None:
    """Run the suite, or some of its files, in a new process."""
    app = folder if isinstance(folder, Path) else SOLUTION
    command = [sys.executable, "-m", "pytest", f"--app={app}", "-p", "no:cacheprovider", *tests]
    subprocess.run(command, cwd=KIT, stdout=subprocess.DEVNULL, check=True)


def children_cpu() -> float:
    """Return the CPU seconds of this process's children that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def tree_cpu(*processes: psutil.Process) -> float:
    """Return the CPU seconds of processes and of their children that have ended."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended: its parent counts it
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def living_cpu(*processes: psutil.Process) -> float:
    """Return the CPU seconds of processes, of all below them that live, and of their children that have ended."""
    below = [child for process in processes for child in process.children(recursive=True)]
    return tree_cpu(*processes, *below)


def pss() -> float:
    """Return the megabytes of all processes below this one."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 2**20


@contextlib.contextmanager
def highest_pss() -> Iterator[list[float]]:
    """Yield a list that afterwards holds the highest value of `pss` within the block."""
    found, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            found[0] = max(found[0], pss())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def side_by_side(work: Callable[[object], object], count: int, workers: int) -> float:
    """Do it `count` times, `workers` at a time. Returns the seconds on the clock."""
    started = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(count)))
    return time.monotonic() - started


def own_tests(count: int) -> tuple[float, float]:
    """Return the seconds on the clock and of CPU to judge the solution's own tests (step 9), per submission."""
    with Grader(1) as grader:
        processes = [*map(psutil.Process, grader.processes())]

        def judge(_: object) -> None:
            result = grader.grade(SOLUTION, step=STEP.number)
            assert sum(test.score for test in result.tests) == STEP.marks, result

        judge(None)
        before = living_cpu(*processes) + time.process_time()
        clock = side_by_side(judge, count, 1) / count
        return clock, (living_cpu(*processes) + time.process_time() - before) / count


def floor(count: int, tests: int) -> float:
    """Return the CPU seconds of one run of as many empty tests in a fork, and one fork of the farm."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        lines = "".join(f"def test_{number}():\n    pass\n" for number in range(tests))
        Path(folder, "test_nothing.py").write_text(lines)
        farm, judges = start_farm(), start_judges([Path(folder)])
        stack.callback(farm.close)
        stack.callback(judges.close)
        submission = stack.enter_context(open_submission(SOLUTION))
        processes = [psutil.Process(farm.process.pid), psutil.Process(judges.process.pid)]
        folders = str(submission.folder), str(submission.work)

        def once() -> None:
            reader, writer = os.pipe()
            with farm.attach() as programs, judges.attach() as connection, os.fdopen(reader, "rb") as results:
                connection.launch(JudgeOrder(*folders, None, 10, None), [writer, programs.fileno()])
                os.close(writer)
                output = JudgeOutput()
                output.read(results, 60)
                assert output.complete
                programs.launch_program(SandboxOrder(*folders)).end(0)

        once()
        before = tree_cpu(*processes)
        for _ in range(count):
            once()
        return (tree_cpu(*processes) - before) / count


def main() -> None:
    """Print the figures and their ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    many, few = 10 * rounds, WORKERS * rounds
    cold_cpu = cold_s = warm_cpu = warm_s = 0.0
    with Grader(WORKERS, own_tests=False) as grader:
        processes = [*map(psutil.Process, grader.processes())]

        def warm(_: object) -> int:
            result = grader.grade(SOLUTION)
            assert result.score == result.max_score, result
            return len(result.tests)

        tests = warm(None)
        side_by_side(warm, WORKERS, WORKERS)
        for _ in range(rounds):  # in turn: a machine that others use is not always as quick
            before = children_cpu()
            cold_s += side_by_side(cold, WORKERS, WORKERS) / few
            cold_cpu += (children_cpu() - before) / few
            before = tree_cpu(*processes) + time.process_time()
            warm_s += side_by_side(warm, 10, WORKERS) / many
            warm_cpu += (tree_cpu(*processes) + time.process_time() - before) / many
        memory = []
        for workers in (1, 2):
            with highest_pss() as found:
                side_by_side(warm, 4 * workers, workers)
            memory.append(found[0])
    floor_cpu = floor(many, tests)
    print(f"suite of {tests} tests on the solution, {WORKERS} workers, per submission:")
    print(f"  cold   {cold_s:6.2f} s  {cold_cpu:6.2f} s of CPU  {60 / cold_s:5.0f} a minute")
    print(f"  warm   {warm_s:6.2f} s  {warm_cpu:6.2f} s of CPU  {60 / warm_s:5.0f} a minute")
    print(f"  floor           {floor_cpu:6.2f} s of CPU")
    print(f"throughput, warm / cold:  {cold_s / warm_s:.1f}")
    print(f"CPU, cold / warm:         {cold_cpu / warm_cpu:.1f}")
    print(f"CPU, warm / floor:        {warm_cpu / floor_cpu:.1f}")
    clock, used = own_tests(rounds)
    print(f"step 9, the solution's own tests, 1 worker, per submission: {clock:.2f} s  {used:.2f} s of CPU")
    print(f"memory (PSS): {memory[0]:.0f} MB with 1 worker, {memory[1] - memory[0]:.0f} MB more with another")


if __name__ == "__main__":
    main()
