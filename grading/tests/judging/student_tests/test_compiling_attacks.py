"""Attacks on the grader by what compiling a student's test file costs: it happens after the check, in a child's limits.

The files are harmless: a limit that is too low for them stands in for a file that costs too much.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from grading.intake.submission import make_work
from grading.judging.student_tests import runs
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.reasons import NAME
from grading.judging.student_tests.scoring import judge_own_tests
from grading.judging.student_tests.verdict import read_verdict
from grading.processes.forkserver import ForkServer
from grading.processes.sandboxed import SandboxOrder
from grading.results.result import TestResult

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has farms.")

HAS_PYC = """
from pathlib import Path
def test_was_compiled():
    assert [path.suffix for path in Path("__pycache__").iterdir()] == [".pyc"]
"""
HAS_NONE = """
from pathlib import Path
def test_was_not_compiled():
    assert list(Path("__pycache__").iterdir()) == []
"""


def judged(farms: tuple[KnownPrograms, ForkServer], folder: Path, text: str) -> TestResult:
    """Return the result for the correct programs, which `text` passes if it sees what it asserts of itself."""
    (folder / NAME).write_text(text, encoding="utf-8")
    with runs.on_farms(*farms, folder, folder.parent) as run:
        return judge_own_tests(folder / NAME, run, workers=2)[0]


def test_the_grader_itself_compiles_nothing_of_a_test_file(
    farms: tuple[KnownPrograms, ForkServer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrite, "_rewrite_test", lambda *_: pytest.fail("It was compiled in this process."))
    assert judged(farms, folder, HAS_PYC).message == ""


@pytest.mark.parametrize(
    "text",
    ["def test_a(:\n", "# coding: idna\n", "\0", "from main import app\n", f"x = '{'a' * 100_000}'\n"],
    ids=["syntax", "coding", "nul", "refused", "long"],
)
def test_a_file_that_is_rejected_is_never_compiled(
    text: str, farms: tuple[KnownPrograms, ForkServer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_compile", lambda *_: pytest.fail("It was compiled."))
    assert judged(farms, folder, text).status == "failed"


@pytest.mark.parametrize(("limit", "value"), [("_COMPILING_MEMORY", 65_536), ("_COMPILING", 0.0)])
def test_a_file_that_costs_too_much_to_compile_is_left_to_pytest(
    limit: str,
    value: float,
    farms: tuple[KnownPrograms, ForkServer],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, limit, value)
    long = "".join(f"def test_{number}():\n    assert {[*range(20)]}\n" for number in range(250))
    assert judged(farms, folder, HAS_NONE + long).message == ""


LIMITED = """
import resource
import pytest
def test_limits():
    assert resource.getrlimit(resource.RLIMIT_CPU) == (2, 2)
    with pytest.raises(MemoryError):
        bytearray(200_000_000)
    bytearray(20_000_000)
"""


def test_the_limits_of_an_order_bind_its_child(farms: tuple[KnownPrograms, ForkServer], folder: Path) -> None:
    (folder / NAME).write_text(LIMITED, encoding="utf-8")
    frames, verdict = os.pipe(), os.pipe()
    order = SandboxOrder(str(folder), str(make_work(folder.parent / "work")), memory=100_000_000, cpu_seconds=2)
    with os.fdopen(verdict[0], "rb") as said, farms[1].attach() as tester:
        tester.launch(order, [frames[0], verdict[1]])
        for number in (*frames, verdict[1]):
            os.close(number)
        read = read_verdict(said.readline())
    assert read is not None
    assert (read.passed, read.said) == (1, "")
