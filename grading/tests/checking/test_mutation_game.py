"""The game of step 9 at home: each bug in one's own program breaks the contract, and the reference tests catch all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grading import GALLERY, KIT
from grading.checking.mutant_kinds import mutants
from grading.checking.mutation_game import NotYet, is_seen, play
from grading.checking.own_tests import NO_TESTS, quiet_run

SOLUTION = KIT / "solution"
STYLES = ("status_table", "exception_handlers", "sync_completion")
TWO_HAPPY_TESTS = """
def test_answers(client, provider):
    provider.answers("Hello!")
    assert client.post("/generate", json={"message": "Hi"}).json() == {"response": "Hello!"}

def test_status(client, provider):
    assert client.post("/generate", json={"message": "Hi"}).status_code == 200
"""


def a_copy(place: Path, program: Path, tests: str | None = None) -> Path:
    folder = place / "mine"
    folder.mkdir()
    shutil.copy(program / "main.py", folder)
    text = tests if tests is not None else (SOLUTION / "test_main.py").read_text(encoding="utf-8")
    (folder / "test_main.py").write_text(text, encoding="utf-8")
    return folder


def test_the_reference_tests_catch_every_bug_in_the_solution(tmp_path: Path) -> None:
    played = play(a_copy(tmp_path, SOLUTION))
    assert len(played) == len(mutants((SOLUTION / "main.py").read_text(encoding="utf-8"))) >= 14
    assert [each.mutant.kind for each in played if not each.caught] == []


@pytest.mark.parametrize("style", STYLES)
def test_in_other_styles_too_the_suite_sees_ten_bugs_and_all_that_there_are(style: str, tmp_path: Path) -> None:
    program = GALLERY / "correct" / style
    found = mutants((program / "main.py").read_text(encoding="utf-8"))
    assert len(found) >= 10
    folder = a_copy(tmp_path, program)
    unseen = []
    for mutant in found:
        (folder / "main.py").write_text(mutant.source, encoding="utf-8")
        if not is_seen(folder, mutant.step):
            unseen.append(mutant.kind)
    assert unseen == []


def test_happy_tests_alone_miss_most(tmp_path: Path) -> None:
    played = play(a_copy(tmp_path, SOLUTION, TWO_HAPPY_TESTS))
    caught = {each.mutant.kind for each in played if each.caught}
    assert "answers in capitals" in caught
    assert len(caught) <= len(played) // 2
    missed = next(each for each in played if each.mutant.kind == "accepts 4,001 characters")
    assert (missed.file, missed.caught) == ("main.py", False)
    assert "4001" in missed.mutant.after
    assert "4_000" in missed.mutant.before


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("", "There is no test in test_main.py yet"),
        ("def test_a(client):\n    assert 1 == 2\n", "must pass on your own program first (1 failed"),
        ("def test_a(:\n", "must pass on your own program first"),
    ],
)
def test_what_comes_first_is_said(tests: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(NotYet) as problem:
        play(a_copy(tmp_path, SOLUTION, tests))
    assert said in str(problem.value)


def test_a_program_without_a_finished_step_waits(tmp_path: Path) -> None:
    folder = a_copy(tmp_path, KIT / "starter", "def test_a():\n    pass\n")
    (folder / "main.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(NotYet, match="none does yet"):
        play(folder)


def test_tests_that_never_end_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.checking.own_tests.PATIENCE", 3.0)
    folder = a_copy(tmp_path, SOLUTION, "def test_a():\n    while True:\n        pass\n")
    assert quiet_run(folder)[0] is None


def test_pytests_own_exit_codes_come_back(tmp_path: Path) -> None:
    folder = a_copy(tmp_path, SOLUTION, "")
    assert quiet_run(folder)[0] == NO_TESTS
    (folder / "test_main.py").write_text(TWO_HAPPY_TESTS, encoding="utf-8")
    code, said = quiet_run(folder)
    assert (code, "2 passed" in said) == (0, True)
