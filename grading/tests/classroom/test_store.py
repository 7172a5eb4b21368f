"""When a result is used again: nothing that a mark depends on has changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from grading import KIT
from grading.classroom.store import Basis
from grading.results.assignment import ASSIGNMENT
from grading.results.basis import DECIDES
from grading.results.result import not_graded, suite_hash


def test_a_result_is_valid_for_its_submission_suite_packages_and_extra_tests_only() -> None:
    basis = Basis("sha256:suite", {"litellm": "1"}, "sha256:extra")
    hashes = {"submission": "sha256:a", "suite": "sha256:suite", "extra_tests": "sha256:extra"}
    result = replace(not_graded("No."), hashes=hashes, versions={"litellm": "1"})
    assert basis.validates(result, "sha256:a")
    assert not basis.validates(result, "sha256:b")
    for other in ({"suite": "sha256:other"}, {"versions": {"litellm": "2"}}, {"extra_tests": ""}):
        assert not replace(basis, **other).validates(result, "sha256:a")


def test_a_comment_in_the_doctor_regrades_nobody_and_one_in_the_judge_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored = shutil.ignore_patterns("gallery", "__pycache__", "tests")
    shutil.copytree(KIT / "grading", tmp_path / "grading", ignore=ignored)
    shutil.copytree(KIT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(import_module(suite_hash.__module__), "KIT", tmp_path)
    read_hash = suite_hash.__wrapped__  # a process remembers the hash of the suite that it has imported
    before = read_hash()
    assert (tmp_path / "grading" / "laptop" / "doctor.py").is_file()
    assert (tmp_path / "grading" / "judging" / "judge.py").is_file()
    for path in sorted((tmp_path / "grading").rglob("*.py")):
        text = path.read_bytes()
        path.write_bytes(text + b"# a comment\n")
        decides = path.relative_to(tmp_path / "grading").parts[0] in (*DECIDES, *ASSIGNMENT.decides)
        assert (read_hash() != before) == decides, path
        path.write_bytes(text)
