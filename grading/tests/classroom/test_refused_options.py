"""Options that cannot work, or would do nothing, are refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.tests.classroom.class_command import a_class, grade_class
from grading.tests.classroom.known_grader import KnownGrader


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere", "--out", "out"], "There is no nowhere"),
        (["class", "--out", "class/out"], "is inside class"),
        (["class", "--out", "out", "--layout", "blackbord"], "There is no layout 'blackbord'"),
        (["class", "--out", "out", "--due", "tomorrow"], "is no time with a zone"),
        (["class", "--out", "out", "--due", "2026-11-20T23:59"], "has no time zone"),
        (["class", "--out", "out", "--due", "2026-11-20T23:59Z", "--grace", "soon"], "can't be read"),
        (["class", "--out", "out", "--extra-tests", "none"], "There is no folder none"),
        (["class", "--out", "file"], "file"),
    ],
)
def test_a_command_that_cannot_work_says_so(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a_class(tmp_path / "class", {"a": b"app = 1\n"})
    (tmp_path / "file").write_text("")
    assert told in grade_class(*arguments, code=2)


def test_words_that_would_do_nothing_are_refused(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = a_class(tmp_path / "class", {"a": b"app = 1\n", "b": b"app = 2\n"})
    assert "say --due, too" in grade_class(source, "--out", tmp_path / "out", "--late-percent", 10, code=2)
    (tmp_path / "file").write_text("")
    assert "is a file. Name a folder" in grade_class(source, "--out", tmp_path / "file", code=2)
    grade_class(source, "--out", tmp_path / "out")
    again = ["--out", tmp_path / "out", "--regrade"]
    assert "no result has such a test" in grade_class(source, *again, "test:nonsense", code=2)
