"""Progress: what was done first when, which hints were read, kept by itself and never in the way of a check."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading import KIT
from grading.checking import progress
from grading.checking.progress import next_step, progress_file, read_progress, record_check, record_hint, since, when
from grading.commands import cli
from grading.results.result import Result, make_result, not_graded
from grading.results.steps import STEPS
from grading.tests.results.test_result import a_test

WITH_TESTS = [row.number for row in STEPS if row.tests]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIT_STATE", str(tmp_path / "state"))
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


def checked(*done: int) -> Result:
    """Return the result of a whole check in which these steps are done."""
    return make_result([a_test(number, "passed" if number in done else "failed") for number in WITH_TESTS], "", 0)


def test_each_step_is_news_once(folder: Path) -> None:
    assert record_check(folder, checked()) == []
    assert record_check(folder, checked(1)) == [
        "New: step 1 (The app starts) is done. Next: step 2 (Describe the input)."
    ]
    assert record_check(folder, checked(1)) == []
    assert record_check(folder, checked(1, 2, 3)) == ["New: steps 2 and 3 are done. Next: step 4 (Answer)."]
    assert record_check(folder, checked(1, 3)) == [
        "Step 2 (Describe the input) was done at the last check and is not any more. What did you change last?"
    ]
    assert record_check(folder, checked(1, 3)) == []
    assert record_check(folder, checked(1, 2, 3)) == []  # it was new once
    kept, problem = read_progress(folder)
    assert problem == ""
    assert [number for number, row in kept.steps.items() if row.done] == [1, 2, 3]


def test_a_hint_without_a_number_is_about_the_next_step(folder: Path) -> None:
    assert next_step(folder).number == 1
    record_check(folder, checked(1, 2, 4))
    assert next_step(folder).number == 3


def test_the_end_says_what_to_do_next(folder: Path) -> None:
    core = [row.number for row in STEPS if row.tests and row.number != 10]
    (news,) = record_check(folder, checked(*core))
    assert "Every core step that is checked here works. Still open: step 10 (Ship it)." in news
    assert "step 9 (Test it); your tests go into test_main.py" in news
    assert "`grade submit` makes the zip to hand in" in news
    (news,) = record_check(folder, checked(*core, 10))
    assert "Everything that is checked here works." in news


def test_a_check_of_one_step_leaves_the_others(folder: Path) -> None:
    record_check(folder, checked(1, 2))
    assert record_check(folder, make_result([a_test(3, "passed")], "", 0)) == [
        "New: step 3 (Call LiteLLM) is done. Next: step 4 (Answer)."
    ]
    assert read_progress(folder)[0].steps[2].done


def test_what_waits_or_cannot_be_read_is_not_lost(folder: Path) -> None:
    record_check(folder, checked(1, 2))
    assert record_check(folder, not_graded("A syntax error.")) == []
    waiting = make_result([a_test(1, "failed"), *(a_test(number, "skipped") for number in WITH_TESTS[1:])], "", 0)
    (news,) = record_check(folder, waiting)
    assert news.startswith("Step 1 (The app starts) was done")
    assert read_progress(folder)[0].steps[2].done


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 2}', '{"steps": {"x": {}}}', '{"checked": "soon"}', "\xff"]
)
def test_a_damaged_file_starts_anew_and_says_so(folder: Path, content: str) -> None:
    record_check(folder, checked(1))
    file = progress_file(folder)
    file.write_bytes(content.encode("latin-1"))
    first, *rest = record_check(folder, checked(1))
    assert "damaged, so it starts anew" in first
    assert str(file) in first
    assert rest[0].startswith("New: step 1")
    assert record_check(folder, checked(1)) == []


def test_a_file_that_cannot_be_written_does_not_stop_a_check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    occupied = folder / "file"
    occupied.write_text("")
    monkeypatch.setenv("KIT_STATE", str(occupied))
    news = record_check(folder, checked(1))
    assert len(news) in (2, 3)
    assert "could not be saved" in news[-1]
    record_hint(folder, 1, 1)


def test_it_is_not_in_the_students_folder_and_each_folder_has_its_own(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "mine"
    other.mkdir(parents=True)
    record_check(folder, checked(1))
    record_hint(folder, 2, 1)
    assert list(folder.iterdir()) == []
    assert progress_file(folder) != progress_file(other)
    assert read_progress(other)[0].steps == {}
    if sys.platform != "win32":
        assert progress_file(folder).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("platform", "variables", "place"),
    [
        ("linux", {}, "/home/a/.local/state/litellm-endpoint-kit"),
        ("linux", {"XDG_STATE_HOME": "/x/state"}, "/x/state/litellm-endpoint-kit"),
        ("darwin", {}, "/home/a/Library/Application Support/litellm-endpoint-kit"),
        ("win32", {"LOCALAPPDATA": "/x/local"}, "/x/local/litellm-endpoint-kit"),
    ],
)
def test_the_place_is_the_systems_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], place: str
) -> None:
    for name in ("KIT_STATE", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(progress.sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/a"))
    assert progress_file(folder).parent == Path(place)


def test_without_a_home_there_is_still_a_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("KIT_STATE", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert progress_file(folder).name.startswith("mine-")


def test_hints_count_once_each(folder: Path) -> None:
    for level in (2, 1, 2):
        record_hint(folder, 3, level)
    assert read_progress(folder)[0].steps[3].hints == [1, 2]


def test_grade_progress_shows_what_is_new_since_one_looked(folder: Path) -> None:
    def shown() -> str:
        ended = CliRunner().invoke(cli, ["progress", str(folder)])
        assert ended.exit_code == 0
        return " ".join(ended.stdout.split())

    assert "Nothing has been checked" in shown()
    record_check(folder, checked(1, 2))
    record_hint(folder, 3, 1)
    said = shown()
    assert "1 The app starts ✓ done" in said
    assert "3 Call LiteLLM · to do 1 4" in said
    assert "So far: steps 1 and 2 done." in said
    assert "no new step" in shown()
    record_check(folder, checked(1, 3))
    said = shown()
    assert "2 Describe the input · was done" in said
    assert "Since you last looked" in said
    assert "step 3 (Call LiteLLM) done." in said
    progress_file(folder).write_text("{")
    assert "starts anew" in shown()


def test_times_are_told_in_the_computers_own_zone() -> None:
    assert when(datetime(2026, 11, 2, 14, 5).astimezone()) == "2 Nov, 14:05"
    assert since(progress.Progress()) == []


def test_grade_check_and_grade_hint_keep_progress(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("grading.checking.check.warm_check", lambda *args, **options: checked(1))
    assert "New: step 1 (The app starts) is done." in CliRunner().invoke(cli, ["check", str(folder)]).stdout
    CliRunner().invoke(cli, ["hint", "4", "2"])
    file = json.loads(progress_file(KIT / "starter").read_text(encoding="utf-8"))
    assert file["steps"]["4"]["hints"] == [2]
