"""What students receive works by itself, and gives nothing away."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading import KIT
from grading.commands import cli
from grading.exports.bundle_github import github_bundle
from grading.exports.release import STUDENTS, release_files, write_files
from grading.results.basis import DECIDES, suite_hash
from grading.results.starter import starter_files

TOGETHER = 4
"""So many lines of a program in a row are no coincidence; two or three are, `return {"status": "ok"}` and the like."""
HINTS = "tests/steps.toml"
"""The last hint of a step nearly tells it, on purpose."""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "kit"
    write_files(release_files(), folder)
    return folder


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the released copy's Python modules by this Python, as after its own set-up."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    ended = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**environment, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=180,
        check=False,
    )
    assert "Traceback" not in ended.stdout
    return ended.returncode, ended.stdout


def in_a_row(text: str) -> set[tuple[str, ...]]:
    """Return every TOGETHER lines of code in a row; imports, comments, blank lines and indents do not count."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("import ", "from ", "#"))]
    return {tuple(lines[start : start + TOGETHER]) for start in range(len(lines) - TOGETHER + 1)}


def shown(name: str, data: bytes) -> str:
    """Return the text of a file; of a notebook, what its cells say."""
    text = data.decode("utf-8", "replace")
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"]) if name.endswith(".ipynb") else text


def leaks(files: Mapping[str, bytes]) -> list[str]:
    """Return the files that have code of the solution or of a program in the gallery."""
    programs = [*(KIT / "solution").glob("*.py"), *(KIT / "grading" / "gallery").rglob("*.py")]
    secret = {row for program in programs for row in in_a_row(program.read_text(encoding="utf-8"))}
    secret -= {row for text in starter_files().values() for row in in_a_row(text)}
    return [name for name, data in files.items() if name != HINTS and in_a_row(shown(name, data)) & secret]


def test_no_solution_gallery_or_test_of_the_grader_is_in_it() -> None:
    for files in (release_files(), github_bundle()):
        assert leaks(files) == []
        folders = ("solution/", "grading/tests/", "grading/classroom/", "grading/pages/", "grading/maintain/")
        assert [name for name in files if name.startswith(folders) or name == ".env"] == []
        gallery = {Path(name).name for name in files if name.startswith("grading/gallery/")}
        assert gallery == {"patterns.json", "program.toml"}


def test_a_students_copy_has_only_packages_that_a_students_command_needs() -> None:
    packages = {Path(name).parts[1] for name in release_files() if name.startswith("grading/") and name.count("/") > 1}
    assert packages == {*STUDENTS, "gallery"}
    assert {*DECIDES, "commands"} <= packages
    assert not packages & {"maintain", "classroom", "exports", "pages", "tests"}


def test_a_copy_imports_nothing_that_it_lacks() -> None:
    for files in (release_files(), github_bundle()):
        modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files}
        missing = {
            (name, module)
            for name, data in files.items()
            if name.startswith("grading/") and name.endswith(".py") and "/gallery/" not in name
            for module in imported(ast.parse(data))
            if module.startswith("grading.") and not {module, module.rpartition(".")[0]} & modules
        }
        assert missing == set()


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of everything that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_a_leak_would_be_found() -> None:
    solution = (KIT / "solution" / "main.py").read_bytes()
    notebook = {"cells": [{"source": solution.decode().splitlines(keepends=True)}]}
    planted = {"a.py": solution, "b.ipynb": json.dumps(notebook).encode(), "c.md": b"    " + solution}
    assert leaks({**release_files(), **planted}) == list(planted)


def test_the_starter_is_cut_from_the_solution_whatever_stands_in_its_folder() -> None:
    assert {name: release_files()[f"starter/{name}"].decode() for name in starter_files()} == starter_files()


def test_a_students_copy_marks_a_right_program_fully_and_with_the_same_suite(released: Path, tmp_path: Path) -> None:
    program = tmp_path / "mine"
    shutil.copytree(KIT / "solution", program)
    code, said = run(released, "grading", "check", str(program), "--json", str(tmp_path / "result.json"))
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert (code, result["score"], result["bonus"]) == (0, result["max_score"], 10), said
    assert result["hashes"]["suite"] == suite_hash()


def test_a_students_copy_knows_misconceptions(released: Path, tmp_path: Path) -> None:
    """Of a wrong program of the gallery, which is not in it."""
    wrong = KIT / "grading" / "gallery" / "wrong" / "blank_accepted"
    (tmp_path / "main.py").write_bytes((wrong / "main.py").read_bytes())
    code, said = run(released, "grading", "check", str(tmp_path))
    assert code == 1
    explained = tomllib.loads((wrong / "program.toml").read_text(encoding="utf-8"))["explanation"]
    assert " ".join(explained.split())[:40] in " ".join(said.split())


def test_a_students_copy_begins_at_step_1_and_has_hints(released: Path) -> None:
    code, said = run(released, "pytest", "-p", "no:cacheprovider", "-q", "tests/test_step_01_the_app_starts.py")
    assert code == 1
    assert "no variable named app" in said
    assert "FastAPI()" in run(released, "grading", "hint", "1", "3")[1]


def test_a_students_copy_can_serve(released: Path) -> None:
    code, said = run(released, "grading", "serve", "--help")
    assert code == 0
    assert "--weather" in said


@pytest.mark.parametrize("command", [["grading", "demo"], ["grading.results.starter"]])
def test_what_needs_the_solution_says_that_it_is_not_there(released: Path, command: list[str]) -> None:
    code, said = run(released, *command)
    assert code in (1, 2)
    assert "the solution is not in it" in said.replace("\n", " ")


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_a_students_copy_has_the_command_that_needs_no_activation(released: Path) -> None:
    ended = subprocess.run([released / "grade", "check"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.endswith("./grade setup\n")) == (2, True)
    assert (released / ".vscode" / "tasks.json").is_file()
    assert not os.access(released / "LICENSE", os.X_OK)


def test_a_students_copy_has_the_page_and_the_progress(released: Path, tmp_path: Path) -> None:
    assert run(released, "grading", "ui", "--help")[0] == 0
    code, said = run(released, "grading", "submit", "starter", "--out", str(tmp_path / "answer.zip"))
    assert (code, "  main.py (" in said) == (0, True)
    assert {"page.html", "page.js", "style.css"} == {path.name for path in (released / "grading/ui/page").iterdir()}


def test_a_students_copy_has_no_instructors_commands(released: Path) -> None:
    said = run(released, "grading", "--help")[1]
    assert " check " in said
    assert " release " not in said
    assert " bundle " not in said


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    ended = CliRunner().invoke(cli, ["release", "--out", str(tmp_path)])
    assert ended.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
