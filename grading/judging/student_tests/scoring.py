"""Judge's side. Step 9: judge a student's test_main.py by running it on programs whose truth is known.

It must pass on each correct program, and gets marks for each broken one on which it fails. Correct ones are written
in many ways, so a test that asks for more than the contract fails on some.

The file is hostile code. So it never runs beside what decides, nor beside the program. Three processes: this one, which
knows the programs and counts; one that runs pytest on the file (`worker`); one that runs the program. The last
two are sandboxed where the system can, and joined by a socket. So the file may say what it likes, by pytest, by
patching pytest, by writing to the verdict's pipe: it says "red" or "green" of a program of which it sees nothing but
the answers. To say red of broken ones and green of correct ones, it has to tell them apart by these; that is what a
test is for. Nothing else differs: each broken program has a correct twin without the bug, with the same names and words
(`programs`); they come in an order that nobody can guess, correct and broken mixed; each meets a new process that has
neither memory nor files of the one before, and can't read the kit. The program's process may have served others, whose
tests were hostile, too: `pool` says why that shows nowhere. And no message tells what a program looks like (`reasons`).

What remains: who knows the bugs needs to look for these only. So they are not in what `grade release` gives to
students, and an instructor may name others in grading/gallery/own_tests.toml. When a student checks at home
(`runs.here`), all is in one process; that proves nothing to anybody else.

A file whose verdicts on the same program differ is flaky. It gets no marks: they would be luck. So it is asked again
about a correct program that it refuses, and about some of the broken ones.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from grading.harness.own_tests import refusal
from grading.intake.collection import SubmissionError
from grading.intake.compiling import LITTLE_MEMORY
from grading.intake.source_text import check_program
from grading.judging.lines import OnTest, ignore
from grading.judging.student_tests.programs import Broken, programs, write_programs
from grading.judging.student_tests.reasons import NAME, Rejected, reject, reject_lost
from grading.judging.student_tests.verdict import Verdict, read_verdict
from grading.results.assignment import ASSIGNMENT
from grading.results.failure import Failure
from grading.results.result import TestResult, tidy
from grading.results.steps import STEPS, Step

_NO_STEP = Step(0, "", "", 0, "own-tests")  # in an assignment without one; 0 is no step's number
STEP = next((step for step in STEPS if step.judged == "own-tests"), _NO_STEP)
CORRECT = "own_tests::pass_on_correct_programs"

BUDGET = 60.0
"""Seconds that all runs of a file have together: so one file does not hold up a class."""
_CONFIRMED = 3  # of the broken programs that were caught, drawn by lot: what was luck does not come twice
_LOST = 2  # programs without a verdict in two runs, each of which takes time: then the file runs no more

Run = Callable[[Path, float], bytes]
"""Runs the file on the program in a folder, for at most so many seconds.

Returns what its process wrote: anything, or b"" if it was late.
"""


def unnoticed(tests: Iterable[TestResult]) -> list[str]:
    """Return the bugs that slipped through, by name, each as the rest of "a program that"."""
    failed = {test.id for test in tests if test.status == "failed"}
    return [each.bug for each in programs().broken if _id(each.name) in failed]


def judge_own_tests(
    file: Path, run: Run, on_test: OnTest = ignore, *, workers: int = 1, budget: float = BUDGET
) -> list[TestResult]:
    """Judge the file, which may be missing; `run` is called from that many threads, for `budget` seconds in all.

    Returns a result for the correct programs together, and one for each broken program. Raises what `run` raises.
    """
    broken = programs().broken
    try:
        source = _read(file)
        with TemporaryDirectory(prefix="programs-", ignore_cleanup_errors=True) as place:
            Path(place).chmod(0o711)  # root's sandbox has another user
            folders = write_programs(programs().draw(source), Path(place))
            caught = _Judging(run, folders, source.decode("utf-8", "replace"), budget).run_all(workers)
    except Rejected as why:
        came_back, expected = why.args
        told = Failure.of(f"your {NAME}", came_back, expected, STEP.where)
        later = f"Not checked yet: your tests must pass on correct programs first. {came_back.splitlines()[0]}"
        results = [_result(CORRECT, 0, "failed", failure=told)]
        results += [_result(_id(each.name), each.marks, "skipped", later) for each in broken]
    else:
        results = [_result(CORRECT, 0, "passed"), *(_caught(each, caught[each.name]) for each in broken)]
    for result in results:
        on_test(result)
    return results


def _read(file: Path) -> bytes:
    """Return the source. Raises Rejected for a file that need not be run."""
    if not file.is_file():
        raise Rejected(
            f"nothing: there is no {NAME}", f"a file with your own tests beside {ASSIGNMENT.program}, named {NAME}"
        )
    source = file.read_bytes()
    try:
        check_program(source, LITTLE_MEMORY)  # `refusal` parses it once more, in this process
    except SubmissionError as problem:
        raise Rejected(str(problem).replace(ASSIGNMENT.program, NAME), "a file that Python can read") from None
    if (refused := refusal(source)) is not None:
        raise Rejected(*refused)
    return source


class _Judging:
    """The runs of one file."""

    def __init__(self, run: Run, folders: Mapping[str, Path], source: str, budget: float) -> None:
        self._run, self._folders, self._source, self._budget = run, folders, source, budget
        self._end = time.monotonic() + budget
        self._correct = programs().styles

    def run_all(self, workers: int) -> dict[str, bool]:
        """Run the file on all programs. Returns for each broken one whether it was caught. Raises Rejected."""
        chance, order = random.SystemRandom(), list(self._folders)
        chance.shuffle(order)
        red: dict[str, Verdict] = {}  # those that were caught
        lost = 0
        with ThreadPoolExecutor(workers) as pool:
            try:
                for name, (verdict, again) in zip(order, pool.map(self._run_twice, order), strict=True):
                    lost += verdict is None
                    if verdict is None and (name in self._correct or lost == _LOST):
                        reject_lost(self._budget)
                    if name in self._correct:
                        if verdict is not None and not verdict.green:
                            reject(verdict, again, self._source)
                    elif verdict is not None and (verdict.failed or not verdict.loaded):
                        red[name] = verdict
                confirmed = chance.sample(sorted(red), min(_CONFIRMED, len(red)))
                for name, again in zip(confirmed, pool.map(self._verdict, confirmed), strict=True):
                    if again is not None and again.green:
                        reject(red[name], again, self._source)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return {name: name in red for name in order if name not in self._correct}

    def _run_twice(self, name: str) -> tuple[Verdict | None, Verdict | None]:
        """Return two verdicts; the second run is only made if the first leaves a doubt."""
        first = self._verdict(name) or self._verdict(name)
        doubt = first is not None and not first.green and name in self._correct
        return first, self._verdict(name) if doubt else None

    def _verdict(self, name: str) -> Verdict | None:
        """Run the file on one program. Raises Rejected if the time for all is over."""
        if (left := self._end - time.monotonic()) <= 0:
            reject_lost(self._budget)
        return read_verdict(self._run(self._folders[name], left))


def _caught(broken: Broken, caught: bool) -> TestResult:
    sent, expected = f"your tests, on a program that {broken.bug}", "at least one that fails, because this is a bug"
    failure = None if caught else Failure.of(sent, "all of them passed", expected, STEP.where)
    return _result(_id(broken.name), broken.marks, "passed" if caught else "failed", "", failure)


def _id(name: str) -> str:
    return f"own_tests::catch_a_bug[{name}]"


def _result(name: str, marks: float, status: str, message: str = "", failure: Failure | None = None) -> TestResult:
    score = tidy(marks) if status == "passed" else 0
    message = message or (str(failure) if failure else "")
    return TestResult(name, STEP.number, status, score, tidy(marks), message, failure=failure)
