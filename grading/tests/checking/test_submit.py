"""The zip to hand in has what `grade run` would take of the folder, to the byte, and the rest is listed."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading.checking.submit import SubmitError, submit
from grading.commands import cli
from grading.intake.submission import open_submission
from grading.tests.intake.handed_in import posix

PROGRAM = "from fastapi import FastAPI\n\napp = FastAPI()\n"
TAKEN = {"main.py": PROGRAM, "test_main.py": "def test_nothing(): ...\n", "parts/models.py": "x = 'é'\n"}
LEFT = {
    ".env": "OPENAI_API_KEY=sk-secret\n",
    ".env.local": "A=1\n",
    ".given_up.json": '{"steps": [2]}\n',
    "__pycache__/main.cpython-311.pyc": "",
    ".venv/lib/main.py": "",
    ".vscode/settings.json": "{}",
    "parts/__pycache__/models.cpython-311.pyc": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    for name, text in (TAKEN | LEFT).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return folder


def test_the_zip_is_what_would_be_marked(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer.zip"
    handed = submit(folder, out)
    with zipfile.ZipFile(out) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == TAKEN
    assert handed.taken == {name: len(text.encode()) for name, text in TAKEN.items()}
    assert handed.left == sorted([*list(LEFT)[:3], "__pycache__/", ".venv/", ".vscode/", "parts/__pycache__/"])
    with open_submission(folder) as mine, open_submission(out) as theirs:
        assert mine.sha256 == theirs.sha256 == handed.sha256


def test_the_same_files_make_the_same_zip(folder: Path, tmp_path: Path) -> None:
    first = tmp_path / "answer.zip"
    submit(folder, first)
    before = first.read_bytes()
    os.utime(folder / "main.py", (1, 1))
    submit(folder, first)  # it is replaced
    assert first.read_bytes() == before


def test_hidden_folders_are_listed_as_they_are_called(folder: Path, tmp_path: Path) -> None:
    (folder / ".mine").mkdir()
    for name in (".mine/a.py", ".mine/b.pyc"):
        (folder / name).write_text("")
    handed = submit(folder, tmp_path / "answer.zip")
    assert ".mine/a.py" in handed.taken
    assert ".mine/b.pyc" in handed.left


@pytest.mark.parametrize(
    ("program", "words"),
    [("app = (\n", "syntax error on line 1"), (None, "There is no main.py")],
    ids=["broken", "none"],
)
def test_what_cannot_be_marked_is_not_packed(folder: Path, tmp_path: Path, program: str | None, words: str) -> None:
    (folder / "main.py").unlink() if program is None else (folder / "main.py").write_text(program)
    with pytest.raises(SubmitError, match=words):
        submit(folder, tmp_path / "answer.zip")
    assert not (tmp_path / "answer.zip").exists()


def test_no_other_file_is_lost(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(SubmitError, match="no zip"):
        submit(folder, tmp_path / "thesis.doc")
    assert (tmp_path / "thesis.doc").read_text() == "precious"
    with pytest.raises(SubmitError, match="inside the folder"):
        submit(folder, folder / "answer.zip")
    with pytest.raises(SubmitError, match="can't be written"):
        submit(folder, tmp_path / "nowhere" / "answer.zip")


@posix
def test_a_link_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "link.py").symlink_to("/etc/hostname")
    with pytest.raises(SubmitError, match="is a link"):
        submit(folder, tmp_path / "answer.zip")


def test_grade_submit_lists_both(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(cli, ["submit", str(folder)])
    assert ended.exit_code == 0, ended.stderr
    said = ended.stdout
    within, _, without = said.partition("Not in it")
    assert f"main.py ({len(PROGRAM)} bytes)" in within
    assert "  .env\n" in without
    assert "no test_main.py" not in said
    assert (tmp_path / "answer.zip").is_file()
    (folder / "test_main.py").unlink()
    assert "step 9 (your own tests) gets no marks" in CliRunner().invoke(cli, ["submit", str(folder)]).stdout
    (folder / "main.py").write_text("app = (\n")
    ended = CliRunner().invoke(cli, ["submit", str(folder)])
    assert (ended.exit_code, "can't be handed in yet" in ended.stderr) == (2, True)
