"""The grader marks another assignment, which it knows only by its table: a greeting, without any language model."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grading import KIT

GREETING = Path(__file__).parent / "greeting"


def grade(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the grader, in an environment that names no assignment."""
    command = [sys.executable, "-m", "grading", *arguments]
    return subprocess.run(command, cwd=KIT, env=os.environ, capture_output=True, text=True, timeout=300)


@pytest.fixture
def assignment(tmp_path: Path) -> Path:
    """The assignment, in a folder of its own outside the kit, as a teacher has it."""
    return shutil.copytree(GREETING, tmp_path / "greeting")


def program(folder: Path, change: tuple[str, str] = ("", "")) -> Path:
    """Write the solution with a change of its text into `folder`."""
    folder.mkdir(parents=True)
    text = (GREETING / "solution" / "greeting.py").read_text(encoding="utf-8")
    (folder / "greeting.py").write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
    return folder


def test_grade_run_marks_it(assignment: Path, tmp_path: Path) -> None:
    submission = program(tmp_path / "bob", ("Hello, {names", "Hi, {names"))
    done = grade("run", "--assignment", str(assignment), str(submission), "--json", str(tmp_path / "result.json"))
    assert done.returncode == 0, done.stderr
    assert "4 of 10 marks.\n" in done.stdout
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert [(step["title"], step["score"], step["max_score"]) for step in result["steps"]] == [
        ("Greet", 4, 4),
        ("Greet by name", 0, 6),
    ]
    assert result["versions"].keys() == {"python", "kit", "starlette", "pytest"}
    first = next(test for test in result["tests"] if test["status"] == "failed")
    assert first["failure"]["sent"] == "GET /greeting?name=Ada"


def test_grade_class_marks_it_with_pages_and_report(assignment: Path, tmp_path: Path) -> None:
    program(tmp_path / "class" / "ada")
    program(tmp_path / "class" / "bob", ("Hello, {names", "Hi, {names"))
    (tmp_path / "class" / "cy").mkdir()
    (tmp_path / "class" / "cy" / "notes.txt").write_text("Nothing yet.\n")
    out = tmp_path / "out"
    done = grade("class", str(tmp_path / "class"), "--out", str(out), "--assignment", str(assignment))
    assert done.returncode == 0, done.stderr
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert {name: (row["score"], row["max_score"], row["graded"]) for name, row in rows.items()} == {
        "ada": ("10", "10", "yes"),
        "bob": ("4", "10", "yes"),
        "cy": ("", "10", "no"),
    }
    assert "Send greeting.py" in rows["cy"]["reason"]
    page = (out / "feedback" / f"{rows['bob']['key']}.html").read_text(encoding="utf-8")
    assert "Greet whoever asks" in page
    assert "LiteLLM" not in page + (out / "class-report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("", "lacks one"),
        ("title = ", "is not TOML"),
        ('colour = "blue"\n', "colour"),
    ],
)
def test_a_damaged_table_is_a_sentence(assignment: Path, tmp_path: Path, damage: str, told: str) -> None:
    table = assignment / "tests" / "assignment.toml"
    table.write_text(damage + (table.read_text() if "colour" in damage else ""), encoding="utf-8")
    done = grade("run", "--assignment", str(assignment), str(program(tmp_path / "ada")))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_an_assignment_is_a_sentence(tmp_path: Path) -> None:
    done = grade("run", f"--assignment={tmp_path}", str(program(tmp_path / "ada")))
    assert done.returncode == 2
    assert "holds no assignment" in done.stderr
    assert "Traceback" not in done.stderr
