"""What a student types wrong gets a sentence in the kit's own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading import environment
from grading.commands import cli
from grading.environment import SetupFailed
from grading.results import handed_out
from grading.results.result import make_result
from grading.tests.results.test_result import a_test


def said(*arguments: str) -> str:
    ran = CliRunner().invoke(cli, list(arguments), env={"COLUMNS": "200", "TERM": "dumb"})
    return " ".join(ran.output.split())


@pytest.mark.parametrize("arguments", [("hint", "foo"), ("hint", "3", "foo"), ("check", "--step", "foo")])
def test_a_word_in_place_of_a_number(arguments: tuple[str, ...]) -> None:
    assert "foo is no number. grade hint 3 is about step 3." in said(*arguments)


def test_a_step_in_place_of_a_folder() -> None:
    assert "There is no folder 3. To name a step: --step 3" in said("check", "3")


def test_help_lists_what_is_for_instructors_apart_and_last() -> None:
    mine, _, theirs = said("--help").partition("Commands for instructors")
    for command, about in {
        "class": "Mark a whole class",
        "release": "Make the folder",
        "export": "Write the marks",
    }.items():
        assert f"{command} " in theirs
        assert about not in mine


def test_an_edited_test_is_told_by_check_and_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_out, "edited_tests", lambda kit=None: ["tests/test_step_04_answer.py"])
    monkeypatch.setattr("grading.checking.check.warm_check", lambda *_, **__: make_result([a_test(1)], "", 0))
    told = "Edited: tests/test_step_04_answer.py. These are not your part, and your marks come from the original."
    assert told in said("check", str(tmp_path))
    assert told in said("doctor")


@pytest.mark.parametrize("reason", ["[Errno 13] Permission denied", "[Errno 30] Read-only file system"])
def test_set_up_where_nothing_may_be_written(reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(task: str, command: list[str]) -> None:
        raise SetupFailed(f"python failed:\n  Error: {reason}: '.venv'")

    monkeypatch.setattr(environment, "_run", fail)
    monkeypatch.setattr(environment, "SCRIPTS", tmp_path)
    with pytest.raises(SetupFailed, match="move the kit to a folder of your own") as caught:
        environment._make_venv()
    assert "apt" not in str(caught.value)
