"""Classroom 50's bundle, run as its runner runs it: `python autograder.py` in a checkout, with its variables."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.environment import INSTALLED
from grading.exports.bundle_classroom50 import LARGEST, classroom50_bundle, packed
from grading.exports.release import own_tests_files, release_files, write_files
from grading.sandbox import confines
from grading.sandbox.policy import LAYERS
from grading.tests.exports.test_release import leaks
from grading.tests.exports.test_result_exports import errors

posix = pytest.mark.skipif(os.name != "posix", reason="the runner is Linux")
SECRET = "s3cr3tclassroom"
VARIABLES = {
    "CLASSROOM": "cs50",
    "ASSIGNMENT": "endpoint",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "ada",
    "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-11-28T10-00-00Z-0123456",
    "COMMIT_URL": "https://github.example/org/cs50-endpoint-ada/commit/0123456",
    "RELEASE_URL": "https://github.example/org/cs50-endpoint-ada/releases/tag/x",
    "REVIEW_URL": "https://github.example/org/cs50-endpoint-ada/pull/1",
    "PAGES_BASE_URL": "https://org.pages.example/classroom50",
    "SECRET": SECRET,
    "MODE": "autograder",
    "GITHUB_TOKEN": "ghs_0123456789abcdef",
    "GITHUB_ENV": "/nowhere/env",
}


@dataclass(frozen=True)
class Run:
    """What a run of the autograder left."""

    code: int
    log: str
    result: dict[str, Any] | None
    body: str
    output: str


class Runner:
    """Lays the bundle out as the runner does, with packages that need not be installed, and runs it."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.temporary = folder / "checkout", folder / "temporary"
        self.bundle = self.temporary / "classroom50-runtime" / "endpoint"
        write_files(classroom50_bundle(), self.bundle)
        kit = self.bundle / "kit"
        (kit / ".venv" / "bin").mkdir(parents=True)
        python = kit / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        python.chmod(0o755)
        lock = hashlib.sha256((kit / "requirements-grader.lock").read_bytes()).hexdigest()
        (kit / ".venv" / INSTALLED).write_text(f"requirements-grader.lock {lock}")
        (self.checkout / "starter").mkdir(parents=True)

    def run(self, program: bytes | None, without: str = "") -> Run:
        """Grade a checkout with this program. without: a variable that the runner does not set."""
        if program is not None:
            (self.checkout / "starter" / "main.py").write_bytes(program)
        output = self.temporary / "output"
        output.write_text("")
        given = {**VARIABLES, "RUNNER_TEMP": str(self.temporary), "GITHUB_OUTPUT": str(output)}
        given.pop(without, None)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_"))}
        ended = subprocess.run(
            [sys.executable, str(self.bundle / "autograder.py")],
            cwd=self.checkout,
            env={**inherited, **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        result, body = self.checkout / "result.json", self.checkout / "release-body.md"
        return Run(
            ended.returncode,
            ended.stdout,
            json.loads(result.read_text(encoding="utf-8")) if result.exists() else None,
            body.read_text(encoding="utf-8") if body.exists() else "",
            output.read_text(encoding="utf-8"),
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def valid(run: Run) -> dict[str, Any]:
    """Return the result, which must be as the runner demands."""
    assert run.code == 0, run.log
    assert run.result is not None
    assert errors("classroom50_result.json", run.result) == []
    assert run.result["score"] <= run.result["max-score"] == 90
    assert all(test["score"] <= test["max-score"] for test in run.result["tests"])
    for field, name in (("classroom", "CLASSROOM"), ("assignment", "ASSIGNMENT"), ("submission", "SUBMISSION_TAG")):
        assert run.result[field] == VARIABLES[name]
    assert "How your program was kept apart" in run.body
    assert "self-check" in run.body
    return run.result


@posix
def test_the_solution_has_all_marks_and_the_bonus_in_neither_number(runner: Runner) -> None:
    run = runner.run((KIT / "solution" / "main.py").read_bytes())
    result = valid(run)
    assert (result["score"], result["max-score"]) == (90, 90)
    assert all(test["passed"] for test in result["tests"])
    assert "status=success\n" in run.output
    assert "bonus 10 of 10" in run.body


@posix
def test_a_broken_program_has_a_valid_result_and_feedback(runner: Runner) -> None:
    # Students' pushes may hold a link in the place of the result: what it leads to stays as it is.
    target = runner.temporary / "not-yours"
    target.write_text("untouched")
    (runner.checkout / "result.json").symlink_to(target)
    run = runner.run((KIT / "grading" / "gallery" / "wrong" / "answer_cut" / "main.py").read_bytes())
    result = valid(run)
    assert 0 < result["score"] < 90
    assert "status=failure\n" in run.output
    assert "What the tests saw" in run.body
    assert target.read_text() == "untouched"
    assert not (runner.checkout / "result.json").is_symlink()


HOSTILE = """
import json, os, pathlib
from fastapi import FastAPI
FORGED = json.dumps({{"schema": "classroom50/result/v1", "score": 90, "max-score": 90, "tests": []}})
for place in {places!r}:
    try:
        pathlib.Path(place).write_text(FORGED)
    except OSError:
        pass
texts = [repr(dict(os.environ))]
for place in pathlib.Path("/proc").glob("*/environ"):
    try:
        texts.append(place.read_text())
    except OSError:
        pass
told = "LEAKED" if any(name in text for text in texts for name in {names!r}) else "nothing-seen"
print("::set-output name=status::success", told, flush=True)
app = FastAPI()
@app.post("/generate")
def generate(message: dict):
    return {{"response": told}}
"""


@posix
def test_a_hostile_program_neither_forges_the_result_nor_learns_the_classrooms_secret(runner: Runner) -> None:
    places = [str(runner.checkout / "result.json"), str(runner.temporary / "output"), "result.json"]
    looked_for = [SECRET, VARIABLES["GITHUB_TOKEN"], "GITHUB_ENV", "GITHUB_OUTPUT", "CLASSROOM"]
    run = runner.run(HOSTILE.format(places=places, names=looked_for).encode())
    result = valid(run)
    assert result["score"] < 45
    assert result["owner"] == "ada"
    assert run.output.count("status=") == 1
    for told in (run.log, run.body, json.dumps(result)):
        assert SECRET not in told
        assert VARIABLES["GITHUB_TOKEN"] not in told
    assert "nothing-seen" in run.body
    assert "LEAKED" not in run.body
    # What it printed is not obeyed: every such line stands while commands are stopped.
    obeyed = run.log
    while "::stop-commands::" in obeyed:
        before, _, rest = obeyed.partition("::stop-commands::")
        token, _, rest = rest.partition("\n")
        obeyed = before + rest.partition(f"::{token}::")[2]
    assert "::" not in obeyed


@posix
def test_a_program_that_does_not_start_has_a_valid_result(runner: Runner) -> None:
    run = runner.run(b"raise RuntimeError('no such luck')\n")
    assert valid(run)["score"] == 0
    assert "no such luck" in run.body


@posix
@pytest.mark.parametrize("program", [b"def f(:\n", None], ids=["syntax error", "no program"])
def test_what_cannot_be_graded_makes_no_release_instead_of_a_0(runner: Runner, program: bytes | None) -> None:
    (runner.checkout / "result.json").write_text('{"score": 90}')  # of an earlier run, or pushed by the student
    run = runner.run(program)
    assert run.code == 3
    assert run.result is None
    assert "status=error\n" in run.output
    assert "Not graded" in run.log


@posix
def test_without_the_runners_variables_it_says_so(runner: Runner) -> None:
    run = runner.run(b"app = 1\n", without="SUBMISSION_TAG")
    assert (run.code, run.result) == (3, None)
    assert "SUBMISSION_TAG" in run.log


def test_the_bundle_is_public_so_it_holds_nothing_that_students_lack() -> None:
    files = classroom50_bundle()
    assert leaks({name.removeprefix("kit/"): data for name, data in files.items()}) == []
    assert not [name for name in files if name.removeprefix("kit/") in own_tests_files()]
    new = {name for name in files if name.removeprefix("kit/") not in release_files()}
    exports = {f"kit/grading/exports/{name}.py" for name in ("__init__", "classroom50", "result_markdown")}
    assert new == {"autograder.py", *exports}  # README.md and the kit's are other texts of the same names
    assert packed(files) < LARGEST / 4
    assert "setup" in files["autograder.py"].decode()
    assert "kit/requirements-grader.lock" in files


def test_the_page_says_of_each_layer_whether_a_hosted_runner_has_it() -> None:
    """Without privileges and user namespaces; grading/sandbox/probe.py tries each layer on the machine itself."""
    rows = re.findall(r"^\| (\w+) \| (yes|no) \|", classroom50_bundle()["README.md"].decode(), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(LAYERS)
    remain = {name for name, there in rows if there == "yes"}
    assert remain.isdisjoint({"namespaces", "user"})
    assert confines(remain)
