"""What often causes a failure: the match with the gallery is right, and left out if nobody can tell."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from grading.maintain import misconception_data
from grading.maintain.gallery import programs
from grading.maintain.misconception_data import evaluate, own_pattern, variants
from grading.results.misconceptions import GALLERY, PATTERNS, about, misconception, nearest
from grading.results.result import TestResult, make_result, not_graded
from grading.results.terminal import show_next
from grading.tests.conftest import Mark

each_program = pytest.mark.parametrize("program", programs("wrong"), ids=lambda path: path.name)
KNOWN: dict[str, dict[str, str]] = json.loads(PATTERNS.read_text(encoding="utf-8"))
SAMPLE = variants()[::8]


@each_program
def test_a_program_of_the_gallery_shows_its_committed_pattern_and_finds_itself(program: Path, mark: Mark) -> None:
    result = mark(program)
    assert own_pattern(program.name, result) == KNOWN[program.name]
    found = nearest(result)
    assert found is not None
    assert found.name == about(program.name).get("like", program.name)


def test_programs_that_look_the_same_say_so() -> None:
    assert sorted(KNOWN) == [program.name for program in programs("wrong")]
    first: dict[str, str] = {}
    for name in sorted(KNOWN, key=lambda name: "like" in about(name)):
        same = first.setdefault(json.dumps(KNOWN[name], sort_keys=True), name)
        assert about(name).get("like", name) == same


def test_a_match_on_unseen_programs_is_nearly_always_right(start_marking: misconception_data.Mark) -> None:
    measured = evaluate(SAMPLE, start_marking)
    # What all variants give stands in the gallery's README. A wrong guess is worse than none.
    assert measured.precision >= 0.85, measured.misses
    assert measured.recall >= 0.7, measured.misses


def test_a_leak_of_the_class_is_another_misconception_than_a_leak_of_the_text() -> None:
    test = "test_step_06_handle_failures::test_nothing_of_the_providers_message_leaks[wrong-key]"
    assert KNOWN["class_name_in_detail"][test] != KNOWN["exception_text_500"][test]


def test_nothing_is_said_about_programs_that_pass_or_could_not_be_graded() -> None:
    passed = TestResult("test_step_01_the_app_starts::test_importing_asks_nobody", 1, "passed", 1, 1)
    assert nearest(make_result([passed], "", 0)) is None
    assert nearest(not_graded("It is empty.")) is None


def test_a_failure_like_no_other_is_not_explained(mark: Mark, tmp_path: Path) -> None:
    text = (GALLERY / "correct" / "async_acompletion" / "main.py").read_text(encoding="utf-8")
    (tmp_path / "main.py").write_text(text.replace("HTTPException(429,", "HTTPException(418,"), encoding="utf-8")
    result = mark(tmp_path)
    assert [test.status for test in result.tests if "throttled" in test.id] == ["failed"]
    assert nearest(result) is None


def test_the_student_reads_the_cause_after_the_message(mark: Mark) -> None:
    result = mark(GALLERY / "wrong" / "limit_off_by_one")
    console = Console(file=io.StringIO(), width=80)
    show_next(console, result, misconception("limit_off_by_one"))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "This often happens when the comparison is >= 4000" in shown
    assert shown.index("look at:") < shown.index("This often happens when")
