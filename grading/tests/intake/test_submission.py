"""The intake of folders and single files: what is taken, and what the copy is like."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from grading.intake.submission import open_submission
from grading.maintain.raw_zip import PROGRAM
from grading.tests.intake.handed_in import fill, given, posix, private, refusal, taken

__all__ = ["given", "private"]  # fixtures


# What is taken.


def test_folder_is_copied_whole_with_a_test_configuration_too(given: Path) -> None:
    files = {"main.py": PROGRAM, "test_main.py": b"def test(): ...\n", "parts/models.py": b"", "prompt.txt": b"hi"}
    files |= {"conftest.py": b"1", "pytest.ini": b"2", "sitecustomize.py": b"3"}
    assert taken(fill(given, files)) == files


@pytest.mark.parametrize("name", ["main.py", "alice_main.py", "main-1.py", "MAIN.PY"])
def test_single_file_becomes_main(given: Path, name: str) -> None:
    fill(given, {name: PROGRAM, "neighbour.py": b""})
    assert taken(given / name) == {"main.py": PROGRAM}


@pytest.mark.parametrize("root", ["", "hw/", "hw/starter/", "Alice Müller_assignsubmission_file_/hw/"])
def test_the_folder_of_the_shallowest_main_is_the_program(given: Path, root: str) -> None:
    fill(given, {f"{root}main.py": PROGRAM, f"{root}parts/a.py": b"a", f"{root}old/main.py": b"wrong = 1\n"})
    if root:
        fill(given, {"readme.txt": b"not part of the program"})
    assert taken(given) == {"main.py": PROGRAM, "parts/a.py": b"a", "old/main.py": b"wrong = 1\n"}


def test_what_tools_leave_and_keys_are_left_out(given: Path) -> None:
    folders = "__pycache__ .git .venv venv env node_modules .pytest_cache .mypy_cache .ruff_cache .idea .vscode"
    clutter = {f"{folder}/main.py": b"!" for folder in [*folders.split(), "__MACOSX", "parts/__pycache__"]}
    clutter |= dict.fromkeys([".DS_Store", "main.cpython-311.pyc", "parts/.DS_Store"], b"!")
    clutter |= dict.fromkeys([".env", ".env.local", "parts/.ENV"], b"OPENAI_API_KEY=secret")
    fill(given, {"main.py": PROGRAM, "parts/a.py": b"a"} | clutter)
    assert taken(given) == {"main.py": PROGRAM, "parts/a.py": b"a"}


@posix
def test_links_in_an_environment_are_not_looked_at(given: Path) -> None:
    fill(given, {"main.py": PROGRAM, ".venv/bin/activate": b""})
    (given / ".venv/bin/python").symlink_to("/usr/bin/python3")
    assert taken(given) == {"main.py": PROGRAM}


# The copy.


def test_copy_is_private_and_read_only(given: Path, private: Path) -> None:
    with open_submission(fill(given, {"main.py": PROGRAM, "parts/a.py": b""})) as submission:
        assert private.resolve() in submission.folder.parents
        assert not (submission.folder / "main.py").stat().st_mode & 0o222
        if os.name == "posix":
            (outer,) = private.iterdir()
            # The name is random, and nobody else can list the folder.
            assert stat.S_IMODE(outer.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
            assert not submission.folder.stat().st_mode & 0o222
            assert not (submission.folder / "parts").stat().st_mode & 0o222
    assert (given / "main.py").read_bytes() == PROGRAM


def test_copy_is_removed_when_grading_fails(given: Path, private: Path) -> None:
    def grade() -> None:
        with open_submission(fill(given, {"main.py": PROGRAM, "parts/a.py": b""})):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade()
    assert list(private.iterdir()) == []


def test_an_error_of_the_grader_is_not_blamed_on_the_submission(given: Path) -> None:
    fill(given, {"main.py": PROGRAM})
    with pytest.raises(OSError, match="the grader's own"), open_submission(given):
        raise OSError("the grader's own")


def test_disk_full_is_told(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    error = refusal(fill(given, {"main.py": PROGRAM}))
    assert (error.reason, "No space left" in str(error)) == ("copy_failed", True)


def test_name_is_for_display(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fill(given, {"main.py": PROGRAM}))
    for path, name in [(given, "given"), (Path(), "given"), (given / "main.py", "main.py")]:
        with open_submission(path) as submission:
            assert submission.name == name


# The hash.


def sha256(path: Path) -> str:
    with open_submission(path) as submission:
        return submission.sha256


def test_hash_is_of_the_content_not_of_the_container(given: Path, tmp_path: Path) -> None:
    fill(given, {"main.py": PROGRAM, "parts/prêt.py": b"a"})
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._main.py", b"junk")
        archive.writestr("hw/parts/pre\u0302t.py", b"a")  # as macOS writes an ê
        archive.writestr("hw/main.py", PROGRAM)
    moved = shutil.copytree(given, tmp_path / "other" / "name")
    (moved / "__pycache__").mkdir()
    assert sha256(given) == sha256(packed) == sha256(moved)
    assert sha256(given).startswith("sha256:")


def test_hash_tells_contents_apart(tmp_path: Path) -> None:
    extras: list[dict[str, bytes]] = [{}, {"a": b"b"}, {"ab": b""}, {"a/b": b""}, {"main.py": PROGRAM + b"\n"}]
    for number, extra in enumerate(extras):
        fill(tmp_path / str(number), {"main.py": PROGRAM} | extra)
    assert len({sha256(tmp_path / str(number)) for number in range(len(extras))}) == len(extras)


@pytest.mark.parametrize(
    ("files", "advice"),
    [
        ({"work.ipynb": b"{}"}, "Put your code into a file main.py"),
        ({"in.zip": b"PK"}, "Unpack the zip inside"),
        ({"endpoint.txt": b""}, "Name your program main.py"),
        ({"endpoint.py": b"", "package.json": b"{}"}, "Name your program main.py"),
        ({"endpoint.py": b"", "data.zip": b"PK"}, "Name your program main.py"),
        ({"hw/app.py": b"", "hw/page.js": b""}, "put a main.py beside it, with `from app import app` in it."),
        ({"my_app.py": b""}, "Name your program main.py"),
        (
            {"manage.py": b"", "chat/__init__.py": b"", "chat/wsgi.py": b"", "api/app.py": b""},
            "Put a main.py beside manage.py, with `from chat.wsgi import application as app` in it.",
        ),
        ({"package.json": b"{}", "server.js": b""}, "This is a Node project, such as Express."),
        ({"src/server.ts": b""}, "This is TypeScript. Programs in other languages than Python can't be graded"),
    ],
)
def test_what_stands_in_the_place_of_a_program_has_advice_of_its_own(
    given: Path, files: dict[str, bytes], advice: str
) -> None:
    assert advice in str(refusal(fill(given, files)))


def test_a_file_in_javascript_is_called_so(given: Path) -> None:
    fill(given, {"server.js": b"const express = require('express')"})
    assert str(refusal(given / "server.js")).startswith("This is JavaScript.")


def test_a_notebook_alone_is_called_so(given: Path) -> None:
    fill(given, {"work.ipynb": b"{}"})
    assert str(refusal(given / "work.ipynb")).startswith("This is a notebook.")
