"""The autograders' own scripts, run in folders laid out as Gradescope's, and step by step as GitHub runs a workflow."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.exports.bundle_github import TOLD, WORKFLOW, github_bundle
from grading.exports.bundle_gradescope import gradescope_bundle
from grading.exports.gradescope_autograder import remarks
from grading.exports.release import own_tests_files, write_files
from grading.judging.student_tests.programs import programs
from grading.results.steps import MAX_SCORE
from grading.tests.exports.test_release import leaks
from grading.tests.exports.test_result_exports import errors

pytestmark = pytest.mark.skipif(os.name != "posix", reason="both run Linux")

METADATA = {
    "id": 1,
    "created_at": "2026-03-02T09:00:00.000000-08:00",
    "assignment": {"due_date": "2026-03-02T16:59:59.000000+00:00", "late_due_date": None, "total_points": "80.0"},
    "users": [{"email": "student@example.edu", "id": 1, "name": "Student"}],
    "previous_submissions": [],
}


def bash(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as both systems do: bash that ends at the first error, without pytest's variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_"))}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**inherited, **environment},
        timeout=180,
        check=False,
    )


@pytest.fixture
def set_up(tmp_path: Path) -> str:
    """A PATH on which `python3 -m grading setup` gives the kit this Python instead of installing for minutes."""
    fake = tmp_path / "bin" / "python3"
    fake.parent.mkdir()
    fake.write_text(
        "#!/bin/sh\n"
        f'[ "$*" = "-m grading setup --grader-only" ] || exec {shlex.quote(sys.executable)} "$@"\n'
        "mkdir -p .venv/bin\n"
        f"printf '#!/bin/sh\\nexec {sys.executable} \"$@\"\\n' > .venv/bin/python\n"
        "chmod 755 .venv/bin/python\n"
    )
    fake.chmod(0o755)
    return f"{fake.parent}:{os.environ['PATH']}"


def gradescope(tmp_path: Path, path: str, program: Path, bundle: bytes) -> tuple[dict[str, Any], str]:
    """Do what Gradescope does: unpack, set up, hand in, run. Returns results.json and what was printed."""
    root = tmp_path / "autograder"
    (root / "results").mkdir(parents=True)
    (root / "bundle.zip").write_bytes(bundle)
    with zipfile.ZipFile(root / "bundle.zip") as archive:
        archive.extractall(root / "source")
        modes = {info.filename: stat.S_IMODE(info.external_attr >> 16) for info in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    (root / "run_autograder").write_bytes((root / "source" / "run_autograder").read_bytes())
    (root / "run_autograder").chmod(0o755)
    (root / "submission").mkdir()
    for file in filter(Path.is_file, program.iterdir()):
        (root / "submission" / file.name).write_bytes(file.read_bytes())
    (root / "submission_metadata.json").write_text(json.dumps(METADATA))
    made = bash(f"bash {root}/source/setup.sh", root, AUTOGRADER_ROOT=str(root), PATH=path)
    assert made.returncode == 0, made.stdout
    ran = bash(f"{root}/run_autograder", root, AUTOGRADER_ROOT=str(root), PATH=path)
    assert ran.returncode == 0, ran.stdout
    return json.loads((root / "results" / "results.json").read_text()), ran.stdout


def test_gradescope_grades_with_the_bundle(tmp_path: Path, set_up: str) -> None:
    results, printed = gradescope(tmp_path, set_up, KIT / "solution", gradescope_bundle())
    assert errors("gradescope_results.json", results) == []
    assert results["score"] == MAX_SCORE + 10
    assert "Late by the dates there" in printed
    assert "80 points" in printed
    assert "Isolation" in printed


SPY = """
from contextlib import suppress
from pathlib import Path
from fastapi import FastAPI
app, secret = FastAPI(), "nothing"
with suppress(OSError):
    secret = Path({secret!r}).read_text()
with suppress(OSError):
    Path({mine!r}).touch()
@app.post("/generate")
def spy():
    return secret
"""
HIDDEN = """
import pytest
@pytest.mark.worth(3)
def test_hidden(client):
    assert "CANARY" not in client.post("/generate", json={"message": "hello"}).text
"""


def test_gradescope_keeps_hidden_tests_from_the_program_or_runs_nothing(tmp_path: Path, set_up: str) -> None:
    extra, program = tmp_path / "mine", tmp_path / "program"
    for folder in (extra, program):
        folder.mkdir()
    (extra / "test_hidden.py").write_text(HIDDEN)
    root = tmp_path / "autograder"
    places = {"secret": root / "source" / "extra_tests" / "test_hidden.py", "mine": root / "results" / "it-was-here"}
    (program / "main.py").write_text(SPY.format(**{name: str(path) for name, path in places.items()}))
    results, printed = gradescope(tmp_path, set_up, program, gradescope_bundle(extra))
    assert errors("gradescope_results.json", results) == []
    own = [(test["score"], test["visibility"]) for test in results["tests"] if test["number"] == "0.1"]
    if '"mode": "sandbox"' in printed:
        assert own == [(3, "hidden")]
    else:
        assert "ran nothing" in results["output"]
        assert results["tests"] == []
        assert results["score"] == 0
    assert [path.name for path in (root / "results").iterdir()] == ["results.json"]
    for path in ("source/extra_tests", "source/tests", "source/setup.sh", "results", "submission"):
        assert stat.S_IMODE((root / path).stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE((root / "source" / "grading").stat().st_mode) & 0o055 == 0o055
    assert stat.S_IMODE((root / "source").stat().st_mode) == 0o711


def test_the_gradescope_bundle_has_no_solution_and_is_the_same_each_time(tmp_path: Path) -> None:
    data = gradescope_bundle()
    assert data == gradescope_bundle()
    (tmp_path / "bundle.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for_step_9 = own_tests_files()
    assert {f"grading/gallery/own_tests/{style}/main.py" for style in programs().styles} < set(for_step_9)
    assert set(for_step_9) <= set(files)
    assert set(leaks(files)) <= set(for_step_9)
    assert {"setup.sh", "run_autograder", "requirements.lock", "tests/steps.toml"} <= set(files)
    assert not [name for name in files if name.startswith(("solution/", "grading/tests/"))]


def test_extra_tests_without_a_test_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no file test_"):
        gradescope_bundle(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"assignment": {"total_points": null}}', '{"created_at": 3}'])
def test_damaged_metadata_is_said_and_costs_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    assert remarks(tmp_path / "m.json")[0].startswith("submission_metadata.json says nothing")
    assert remarks(tmp_path / "missing.json")[0].startswith("submission_metadata.json says nothing")


def job() -> list[dict[str, Any]]:
    """Return the steps of the workflow's job."""
    workflow = import_module("yaml").safe_load(github_bundle()[WORKFLOW])
    steps: list[dict[str, Any]] = workflow["jobs"]["grade"]["steps"]
    return steps


def test_github_runs_the_workflow(tmp_path: Path, set_up: str) -> None:
    """GitHub's part: run each `run`, and give it files for what it wants to show."""
    repository, temporary = tmp_path / "repository", tmp_path / "temporary"
    write_files(github_bundle(), repository)
    temporary.mkdir()
    noisy = (KIT / "grading" / "gallery" / "wrong" / "answer_cut" / "main.py").read_bytes()
    attack = "\nimport os\nprint('::set-output name=result::forged')\nprint(sorted(os.environ))\n"
    (repository / "starter" / "main.py").write_bytes(noisy + attack.encode())
    summary, log = tmp_path / "summary", ""
    given = {"RUNNER_TEMP": str(temporary), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ENV": str(tmp_path / "env")}
    codes = {}
    for step in job():
        if "run" in step:
            ended = bash(step["run"], repository, PATH=set_up, **given)
            codes[step["name"]] = ended.returncode
            log += ended.stdout
    assert codes == {"Set up the kit": 0, "Grade": 0, "All steps done": 1}, log
    token = log.partition("::stop-commands::")[2].splitlines()[0]
    assert len(token) == 32
    assert f"::{token}::" in log
    after = log.partition(f"::stop-commands::{token}")[2].partition(f"::{token}::")[2]
    assert "::" not in after
    result = json.loads((temporary / "result.json").read_text())
    assert 0 < result["score"] < result["max_score"]
    assert f"## {result['score']:g} of {result['max_score']:g} marks" in summary.read_text(encoding="utf-8")


def test_github_keeps_the_environment_for_the_next_push() -> None:
    (cache,) = [step for step in job() if step.get("uses", "").startswith("actions/cache@")]
    assert cache["with"]["path"] == ".venv"
    assert "hashFiles('requirements-grader.lock')" in cache["with"]["key"]
    names = [step["name"] for step in job()]
    assert names.index(cache["name"]) < names.index("Set up the kit")


def test_github_keeps_its_files_from_the_program() -> None:
    grade = next(step for step in job() if step["name"] == "Grade")
    script = grade["run"].replace(".venv/bin/python -m grading run starter", "env #").replace("python3", sys.executable)
    said = bash(script, KIT, GITHUB_OUTPUT="a", GITHUB_ENV="b", GITHUB_STEP_SUMMARY="c", GITHUB_PATH="d").stdout
    assert "PATH=" in said
    assert "GITHUB_" not in said


def test_no_bundle_leads_to_the_service_that_ended() -> None:
    for name, data in github_bundle().items():
        if b"GitHub Classroom" in data:
            assert b"28 August 2026" in data, name
    assert "28 August 2026" in " ".join(TOLD)
