"""The editor's tasks start what exists, and their matchers find the line that a message names; `./grade` just works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from grading import KIT
from grading.commands import cli
from grading.intake.collection import SubmissionError
from grading.intake.source_text import check_program
from grading.tests.intake.handed_in import posix
from grading.webapp.client import AppDidNotStart
from grading.webapp.exception_text import explain
from grading.webapp.loading import running_app

TASKS = {
    task["label"]: task for task in json.loads((KIT / ".vscode" / "tasks.json").read_text(encoding="utf-8"))["tasks"]
}
GRADE = [task for task in TASKS.values() if task["command"] == "./grade"]


def located(task: str, text: str) -> list[tuple[str, int, str]]:
    """Return what the task's matcher makes of a text: file, line, message."""
    pattern = TASKS[task]["problemMatcher"]["pattern"]
    found = (re.search(pattern["regexp"], line) for line in text.splitlines())
    return [(hit[pattern["file"]], int(hit[pattern["line"]]), hit[pattern["message"]]) for hit in found if hit]


@pytest.mark.parametrize("task", GRADE, ids=lambda task: task["label"])
def test_a_task_is_a_command_of_grade_on_every_system(task: dict[str, Any]) -> None:
    name, *arguments = task["args"]
    group = typer.main.get_command(cli)
    group.commands[name].make_context(name, arguments)  # type: ignore[attr-defined]
    assert task["windows"]["command"] == ".\\grade.cmd"
    assert {task["args"][0] for task in GRADE} == {"check", "watch", "serve", "ui"}


@pytest.mark.parametrize("task", ["grade: check", "grade: watch"])
def test_an_exception_of_the_program_is_marked_in_its_line(tmp_path: Path, task: str) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "model.py").write_text("\n\nraise KeyError('LLM_MODLE')\n")
    source = tmp_path / "parts" / "model.py"
    try:
        exec(compile(source.read_text(), str(source), "exec"), {})
    except KeyError as error:
        text = str(explain(error, tmp_path))
    told = "parts/model.py", 3, "KeyError: 'LLM_MODLE'"
    for message in (text, f"came back:  Importing main.py failed. {text}", f"came back:  500\n            {text}"):
        assert located(task, message) == [told]


@pytest.mark.parametrize("task", ["grade: check", "grade: watch", "grade: serve"])
@pytest.mark.parametrize(("source", "line"), [("app = (\n", 1), ("def f():\n  a\n b\n", 3)])
def test_a_syntax_error_is_marked_in_its_line(task: str, source: str, line: int) -> None:
    with pytest.raises(SubmissionError) as error:
        check_program(source.encode())
    ((file, number, _),) = located(task, str(error.value))
    assert (file, number) == ("main.py", line)


def test_an_app_in_the_wrong_place_is_marked_in_its_line(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def make():\n    app = 1\n")
    with pytest.raises(AppDidNotStart) as error, running_app(tmp_path, {}):
        pass
    assert [place[:2] for place in located("grade: check", f"came back:  {error.value}")] == [("main.py", 2)]


def test_what_the_gallery_says_is_marked() -> None:
    messages = KIT / "grading" / "gallery" / "MESSAGES.md"
    lines = [line for line in messages.read_text(encoding="utf-8").splitlines() if re.search(r"\.py\"?, line \d", line)]
    assert len(lines) >= 8
    assert [line for line in lines if not located("grade: check", line)] == []


def test_the_matcher_of_watch_begins_and_ends_with_what_watch_prints() -> None:
    background = TASKS["grade: watch"]["problemMatcher"]["background"]
    assert re.search(background["beginsPattern"], "Checked at 14:05:10 in 1.2 s. Steps done: 1. 5 of 90 marks.")
    for last in ('look at:    step 1 "The app starts"', "Everything that was checked works. Well done!"):
        assert re.search(background["endsPattern"], last)
    with pytest.raises(SubmissionError) as error:
        check_program(b"app = (\n")
    assert re.search(background["endsPattern"], str(error.value).splitlines()[-1])


def test_the_matcher_of_pytest_takes_its_own_form() -> None:
    failed = "starter/test_main.py:7: AssertionError"
    assert located("grade: test", failed) == [("starter/test_main.py", 7, "AssertionError")]


# ./grade


def kit(folder: Path, python: str | None) -> Path:
    """Make a kit of nothing but `grade`, its environment's Python being a script of this text."""
    folder.mkdir()
    (folder / "grade").write_bytes((KIT / "grade").read_bytes())
    (folder / "grade").chmod(0o755)
    if python is not None:
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "python").write_text(python)
        (folder / ".venv" / "bin" / "python").chmod(0o755)
    return folder / "grade"


@posix
def test_grade_runs_the_kits_own_python_from_anywhere(tmp_path: Path) -> None:
    script = kit(tmp_path / "a kit & more", '#!/bin/sh\nprintf "%s|" "$@"; pwd; exit 3\n')
    ran = subprocess.run([script, "check", "my folder"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (3, f"-m|grading|check|my folder|{tmp_path}\n")


@posix
def test_grade_without_an_environment_says_what_to_do(tmp_path: Path) -> None:
    script = kit(tmp_path / "kit", None)
    ran = subprocess.run([script, "check"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"The kit is not set up yet. In the folder {script.parent}: ./grade setup\n"


@posix
def test_grade_setup_runs_by_the_systems_python_in_the_kit(tmp_path: Path) -> None:
    script = kit(tmp_path / "kit", None)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text('#!/bin/sh\necho "$*"; pwd\n')
    (tmp_path / "bin" / "python3").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run([script, "setup", "--dev"], env={"PATH": path}, capture_output=True, text=True, check=False)
    assert ran.stdout == f"-m grading setup --dev\n{script.parent}\n"


def test_both_scripts_are_in_the_form_that_their_systems_run() -> None:
    assert (KIT / "grade").read_bytes().startswith(b"#!/bin/sh\n")
    assert b"\r" not in (KIT / "grade").read_bytes()
    assert (KIT / "grade.cmd").read_bytes().count(b"\r\n") == (KIT / "grade.cmd").read_bytes().count(b"\n")
    if sys.platform != "win32":
        assert os.access(KIT / "grade", os.X_OK)
