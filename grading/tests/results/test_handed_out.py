"""Edited tests are noticed, in a student's copy and in a clone; nothing else is taken for them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from grading.results.handed_out import LIST, edited_sentence, edited_tests, hash_of


def a_copy(folder: Path) -> Path:
    (folder / "tests").mkdir()
    (folder / "grading").mkdir()
    files = {"tests/test_a.py": b"a = 1\n", "tests/steps.toml": b"b = 2\n"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / LIST).write_text(json.dumps({name: hash_of(data) for name, data in files.items()}))
    return folder


def test_an_edited_a_missing_and_a_rewritten_file(tmp_path: Path) -> None:
    kit = a_copy(tmp_path)
    assert edited_sentence(kit) == ""
    (kit / "tests" / "test_a.py").write_bytes(b"a = 1\r\n")  # an editor's line endings
    assert edited_tests(kit) == []
    (kit / "tests" / "test_a.py").write_bytes(b"def test(): pass\n")
    assert edited_tests(kit) == ["tests/test_a.py"]
    (kit / "tests" / "steps.toml").unlink()
    assert edited_sentence(kit).startswith("Edited: tests/test_a.py, tests/steps.toml. ")


def test_a_damaged_list_is_said(tmp_path: Path) -> None:
    (a_copy(tmp_path) / LIST).write_text("{")
    assert edited_tests(tmp_path) == [LIST]


def test_in_a_clone_git_knows(tmp_path: Path) -> None:
    kit = a_copy(tmp_path)
    (kit / LIST).unlink()
    assert edited_tests(kit) == []  # nothing is known
    git = ["git", "-C", str(kit), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    assert edited_tests(kit) == []
    (kit / "tests" / "test_a.py").write_text("def test(): pass\n")
    assert edited_tests(kit) == ["tests/test_a.py"]
    assert "git checkout -- tests" in edited_sentence(kit)
