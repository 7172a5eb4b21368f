"""Grading runs for real: one program in three wrappings, and programs that want to avoid a verdict."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading import KIT
from grading.judging.grade import grade_here as grade
from grading.results.result import TestResult
from grading.tests.intake.handed_in import posix
from grading.tests.judging.own_processes import HANG, SIGNAL, Processes
from grading.tests.judging.run_command import hand_in, marked
from grading.tests.results.test_result import assert_schema_1


def test_folder_file_and_zip_are_the_same_submission(tmp_path: Path) -> None:
    folder = hand_in(tmp_path / "folder", (KIT / "solution" / "main.py").read_text(encoding="utf-8"))
    file = Path(shutil.copy(folder / "main.py", tmp_path / "alice_main.py"))
    with zipfile.ZipFile(tmp_path / "alice.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "main.py", "homework/main.py")
    seen: list[TestResult] = []
    results = [grade(folder, on_test=seen.append).as_json(), grade(file).as_json()]
    # The third one as an instructor does it, in a process of its own.
    command = [sys.executable, "-m", "grading", "run", "alice.zip", "--json", "alice.json"]
    environ = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PYTHONPATH")}
    environ |= {"PYTHONPATH": str(KIT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", timeout=300)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "90 of 100 marks, bonus 10 of 10." in ended.stdout
    assert "nothing: there is no test_main.py" in ended.stdout
    assert "\x1b" not in ended.stdout
    results.append(json.loads((tmp_path / "alice.json").read_text(encoding="utf-8")))
    for data in results:
        assert_schema_1(data)
        assert (data["graded"], data["score"], data["bonus"]) == (True, 90, 10)
        del data["duration_s"], data["isolation"]
    assert results[0] == results[1]
    own = [test for test in results[2]["tests"] if test["step"] == 9]
    assert (results[0]["max_score"], results[2]["max_score"], sum(test["max_score"] for test in own)) == (90, 100, 10)
    same = [test for test in results[2]["tests"] if test["step"] != 9]
    assert (results[0]["tests"], results[0]["hashes"]) == (same, results[2]["hashes"])
    assert sorted(test.id for test in seen) == sorted(test["id"] for test in results[0]["tests"])


FORGE = """
import json, os, sys
forged = [
    {"collected": ["a"]},
    {"test": {"id": "a", "step": 3, "status": "passed", "score": 20, "max_score": 20, "message": ""}},
    {"done": True},
]
text = "".join(json.dumps(line) + "\\n" for line in forged)
for stream in (sys.stdout, sys.__stdout__, sys.stderr):
    print(text, file=stream, end="", flush=True)
os.write(1, text.encode())
"""
HANDLER = """
import os
from fastapi import FastAPI

app = FastAPI()

@app.post("/generate")
def generate():
    os._exit(0)
"""
SLEEP = "import time\ntime.sleep(3600)\n"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with contextlib.closing(Processes(tmp_path / "pipe")) as seen:
        yield seen


@pytest.mark.parametrize(
    ("program", "words"),
    [
        pytest.param(FORGE + "os._exit(0)", ["(exit code 0) after 0 tests"], id="exit-at-import-after-forging"),
        pytest.param(HANDLER, ["(exit code 0) after "], id="exit-in-a-handler"),
        pytest.param(SIGNAL, ["(signal SIGKILL) after 0 tests"], id="signal", marks=posix),
    ],
)
def test_a_program_that_ends_the_tests_is_not_graded(
    program: str, words: list[str], tmp_path: Path, processes: Processes
) -> None:
    """Where it runs in its judge's process, as for `grade check`; `grade run` judges from outside: test_hostile.py."""
    result = grade(hand_in(tmp_path / "hostile", processes.program + program))
    assert (result.graded, result.score) == (False, 0)
    for word in ("The program ended the test process", "Look for exit() or a crash", *words):
        assert word in str(result.reason)
    assert processes.started()
    assert processes.none_left()


def test_a_program_that_sleeps_at_its_import_is_graded_and_told_the_line(tmp_path: Path, processes: Processes) -> None:
    result = grade(hand_in(tmp_path / "hostile", processes.program + SLEEP))
    assert result.graded
    assert {test.status for test in result.tests} == {"failed", "skipped"}
    line = (processes.program + SLEEP).count("\n")
    told = f"the program stands at main.py, line {line}:"
    assert all(told in test.message for test in result.tests if test.status == "failed")
    assert processes.none_left()


@posix
def test_a_program_that_nothing_can_interrupt_is_not_graded(tmp_path: Path, processes: Processes) -> None:
    folder = hand_in(tmp_path / "hostile", processes.program + HANG)
    for deadline in (5, 15, 45):  # until this computer is quick enough to come as far as the program
        result = grade(folder, deadline=deadline)
        assert not result.graded
        assert f"did not end within {deadline} seconds; 0 of them" in str(result.reason)
        if processes.started():
            break
    else:
        pytest.fail("the program was never started")
    assert processes.none_left()


def test_exit_at_import_is_a_failed_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maxfail=1")  # the instructor's own; it must not cut the suite short
    outcome, data = marked(hand_in(tmp_path / "program", FORGE + "sys.exit(0)"), tmp_path)
    assert outcome.exit_code == 0
    assert (data["graded"], data["score"], data["bonus"]) == (True, 0, 0)
    assert {row["step"]: row["status"] for row in data["steps"] if row["step"] != 9} == {
        step: "failed" if step == 1 else "skipped" for step in (1, 2, 3, 4, 5, 6, 7, 8, 10)
    }
    assert "Importing main.py failed. main.py, line 12: SystemExit: 0" in data["tests"][0]["message"]
    assert all(test["message"].startswith("Not checked yet: ") for test in data["tests"] if test["step"] not in (1, 9))
