"""Judge's side. Step 9: judge a student's test_main.py by running it on programs whose truth is known.

It must pass on each correct program, and gets marks for each broken one on which it fails. Correct ones are written
in many ways, so a test that asks for more than the contract fails on some.

The file is hostile code. So it never runs beside what decides, nor beside the program. Three processes: this one, which
knows the programs and counts; one that runs pytest on the file (`worker`); one that runs the program. The last
two are sandboxed where the system can, and joined by a socket. So the file may say what it likes, by pytest, by
patching pytest, by writing to the verdict's pipe: it says "red" or "green" of a program of which it sees nothing but
the answers. To say red of broken ones and green of correct ones, it has to tell them apart by these; that is what a
test is for. To help it, nothing else may differ: programs come in an order that nobody can guess, correct and broken
mixed; each meets a new process that has neither memory nor files of the one before, and can't read the kit. The
program's process may have served others, whose tests were hostile, too: `pool` says why that shows nowhere.

What remains: who has seen the programs can recognise them by their looks. So they are not in what `grade release` gives
to students, and an instructor may name others in grading/gallery/own_tests.toml. When a student checks at home
(`runs.here`), all is in one process; that proves nothing to anybody else.

A file whose verdicts on the same correct program differ is flaky. It gets no marks: they would be luck.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from grading import GALLERY
from grading.intake.collection import SubmissionError
from grading.intake.source_text import check_program
from grading.judging.lines import OnTest, ignore
from grading.judging.student_tests.verdict import Verdict, read_verdict
from grading.results.assignment import ASSIGNMENT
from grading.results.failure import Failure
from grading.results.result import TestResult, tidy
from grading.results.steps import OWN_TESTS_PROGRAMS, STEPS, Step

NAME = ASSIGNMENT.own_tests
_NO_STEP = Step(0, "", "", 0, "own-tests")  # in an assignment without one; 0 is no step's number
STEP = next((step for step in STEPS if step.judged == "own-tests"), _NO_STEP)
CORRECT = "own_tests::pass_on_correct_programs"

_LOST = 2  # programs without a verdict in two runs, each of which takes time: then the file runs no more

Run = Callable[[Path], bytes]
"""Runs the file on the program in a folder. Returns what its process wrote: anything, or b"" if it was late."""


class Rejected(Exception):
    """The file gets no marks; the two parts say what came back and what was expected."""


def programs() -> tuple[list[str], dict[str, str]]:
    """Return the names of the correct programs, and of the broken ones with their bug."""
    data = tomllib.loads(OWN_TESTS_PROGRAMS.read_text(encoding="utf-8"))
    return data["correct"], data["broken"]


def unnoticed(tests: Iterable[TestResult]) -> list[str]:
    """Return the bugs that slipped through, by name, each as the rest of "a program that"."""
    failed = {test.id for test in tests if test.status == "failed"}
    return [bug for name, bug in programs()[1].items() if _id(name) in failed]


def judge_own_tests(file: Path, run: Run, on_test: OnTest = ignore, *, workers: int = 1) -> list[TestResult]:
    """Judge the file, which may be missing; `run` is called from that many threads.

    Returns a result for the correct programs together, and one for each broken program. Raises what `run` raises.
    """
    correct, broken = programs()
    try:
        _check(file)
        caught = _run_all(run, correct, broken, workers)
    except Rejected as why:
        came_back, expected = why.args
        told = Failure.of(f"your {NAME}", came_back, expected, STEP.where)
        later = f"Not checked yet: your tests must pass on correct programs first. {came_back.splitlines()[0]}"
        results = [_result(CORRECT, 0, "failed", failure=told)]
        results += [_result(_id(name), STEP.marks / len(broken), "skipped", later) for name in broken]
    else:
        results = [_result(CORRECT, 0, "passed")]
        for name, bug in broken.items():
            sent, expected = f"your tests, on a program that {bug}", "at least one that fails, because this is a bug"
            failure = None if caught[name] else Failure.of(sent, "all of them passed", expected, STEP.where)
            results.append(_result(_id(name), STEP.marks / len(broken), "failed" if failure else "passed", "", failure))
    for result in results:
        on_test(result)
    return results


def _check(file: Path) -> None:
    """Raise Rejected for a file that need not be run."""
    if not file.is_file():
        raise Rejected(
            f"nothing: there is no {NAME}", f"a file with your own tests beside {ASSIGNMENT.program}, named {NAME}"
        )
    source = file.read_bytes()
    try:
        names = check_program(source)
    except SubmissionError as problem:
        raise Rejected(str(problem).replace(ASSIGNMENT.program, NAME), "a file that Python can read") from None
    for package, instead in ASSIGNMENT.forbidden_in_own_tests.items():
        if package in names:
            raise Rejected(f"{NAME} imports {package}", instead)


def _run_all(run: Run, correct: list[str], broken: Mapping[str, str], workers: int) -> dict[str, bool]:
    """Run the file on all programs. Returns for each broken one whether it was caught. Raises Rejected."""
    order = [*(GALLERY / "correct" / name for name in correct), *(GALLERY / "wrong" / name for name in broken)]
    random.SystemRandom().shuffle(order)
    caught, lost = dict.fromkeys(broken, False), 0

    def run_twice(program: Path) -> tuple[Verdict | None, Verdict | None]:
        """Return two verdicts; the second run is only made if the first leaves a doubt."""
        first = read_verdict(run(program)) or read_verdict(run(program))
        doubt = first is not None and not first.green and program.name in correct
        return first, read_verdict(run(program)) if doubt else None

    with ThreadPoolExecutor(workers) as pool:
        try:
            for program, (verdict, again) in zip(order, pool.map(run_twice, order), strict=True):
                lost += verdict is None
                if verdict is None and (program.name in correct or lost == _LOST):
                    raise Rejected(
                        "no result: your tests did not come to their end",
                        "tests that end by themselves, within some seconds: no endless loop, no exit()",
                    )
                if program.name in broken:
                    caught[program.name] = verdict is not None and (bool(verdict.failed) or not verdict.loaded)
                elif verdict is not None and not verdict.green:
                    _reject(verdict, again)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return caught


def _reject(first: Verdict, again: Verdict | None) -> NoReturn:
    """Raise Rejected with the reason why a correct program was not accepted in a first run; `again` is a second one."""
    if again is not None and again.green:
        raise Rejected(
            f"different verdicts on one and the same correct program: {first.failed} failed once and passed once",
            "tests that say the same each time: no random values, no clock",
        )
    if not first.loaded:
        raise Rejected(f"{NAME} cannot be imported.\n{first.said}", "a file that runs on its own, with pytest only")
    if not first.failed:
        raise Rejected(f"no test passed: there is none in {NAME}, or all are skipped", "at least one test that passes")
    slip = re.search(r"fixture '\w+' not found|(?:Attribute|Name|Type|Import)Error", first.said)
    raise Rejected(
        f"{first.failed} fails on a correct program.\n{first.said}",
        "tests without a slip of their own: is each name spelled as the hand-out spells it?"
        if slip
        else "tests that ask for what the hand-out promises and no more: other programs are right, too",
    )


def _id(name: str) -> str:
    return f"own_tests::catch_a_bug[{name}]"


def _result(name: str, marks: float, status: str, message: str = "", failure: Failure | None = None) -> TestResult:
    score = tidy(marks) if status == "passed" else 0
    message = message or (str(failure) if failure else "")
    return TestResult(name, STEP.number, status, score, tidy(marks), message, failure=failure)
