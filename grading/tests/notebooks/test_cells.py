"""What the cells of the notebooks call: a check, hints, answers, predictions and panels."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grading import GALLERY, KIT
from grading.checking.mutant import Mutant
from grading.checking.mutation_game import Played
from grading.notebook import check, doctor, give_up, hint, predict, progress, show_answer, which_are_caught
from grading.notebooks import checking, own_bugs, specimens
from grading.notebooks.build import TEXTS
from grading.notebooks.panel import Code, Panel, Table
from grading.notebooks.specimens import BROKEN, CORRECT
from grading.notebooks.timeline import Timeline
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.results.steps import STEPS


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder, and a kernel in which nothing was called yet."""
    folder = tmp_path / "starter"
    shutil.copytree(KIT / "starter", folder)
    monkeypatch.setenv("KIT_TARGET", str(folder))
    monkeypatch.setattr(checking, "_checked", {})
    monkeypatch.setattr(checking, "_hints_shown", {})
    return folder


def judged_as(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    monkeypatch.setattr(checking, "warm_check", lambda folder, step: result)


MESSAGE = 'sent:       POST /generate {"message":""}\nexpected:   422 & <no call>'


def test_a_check_shows_the_message_of_grade_check_and_all_tests(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = [
        TestResult("test_step_07::test_a_blank_message_is_refused[empty]", 7, "failed", 0, 1, MESSAGE),
        TestResult("test_step_07::test_4000_characters", 7, "passed", 4, 4),
    ]
    judged_as(monkeypatch, make_result(tests, "", 0))
    panel = check(7)
    text, html = repr(panel), panel._repr_html_()
    assert text.startswith("Step 7, Limit the input: ✗ not yet (1 of 2 tests, 4 of 10 marks)\n")
    assert '    sent:       POST /generate {"message":""}\n    expected:   422 & <no call>' in text
    assert "✗ not yet  A blank message is refused (empty)" in text
    assert "422 &amp; &lt;no call&gt;" in html
    assert f"Read: {checking.shown_target()}" in text
    assert "color" not in html
    assert '<th scope="col"' in html
    assert panel.done is False


def test_a_program_that_cannot_be_graded_gets_the_reason(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_as(monkeypatch, not_graded("The tests did not end within 9 seconds."))
    said = repr(check(3))
    assert said.startswith(
        "Step 3, Call LiteLLM: ✗ not checked yet\nFix this first:\n    The tests did not end within 9"
    )
    assert "Read: " in said
    assert "Did you save yours?" in said


def test_a_syntax_error_is_a_sentence_and_no_traceback(learner: Path) -> None:
    (learner / "main.py").write_text("app = FastAPI(\n", encoding="utf-8")
    text = repr(check(1))
    assert "line 1" in text
    assert "Traceback" not in text


def test_a_missing_program_is_a_sentence(learner: Path) -> None:
    shutil.rmtree(learner)
    assert "There is no" in repr(check(1))
    assert "There is no" in repr(check(9))


def test_in_a_students_copy_own_tests_are_tried_on_bugs_in_the_own_program(
    learner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (checking, specimens):
        monkeypatch.setattr(module, "marks_own_tests", lambda: False)
    assert "There is no test in test_main.py yet" in repr(check(9))
    assert "none does yet. Next: grade check" in repr(which_are_caught("def test_a():\n    pass\n"))
    mutant = Mutant("answers in capitals", 4, 30, "a", "b", "b\n")
    played = [Played(mutant, "main.py", False), Played(replace(mutant, kind="strips the text"), "main.py", True)]
    monkeypatch.setattr(own_bugs, "play", lambda folder: played)
    panel = check(9)
    assert panel.title == "These tests: ✗ not yet (1 of 2 bugs caught)"
    assert re.search(r"answers in capitals +✗ missed +main.py, line 30\nstrips the text +✓ caught", repr(panel))


@pytest.mark.parametrize(
    ("tests", "said"),
    [("def test_(", "SyntaxError"), ("x = 1", "There is no test in them."), ("import os; os._exit(0)", "not finish")],
)
def test_tests_that_say_nothing_get_a_sentence(tests: str, said: str) -> None:
    panel = which_are_caught(tests)
    assert said in repr(panel)
    assert panel.done is False


@pytest.mark.parametrize("function", [check, hint, show_answer, give_up])
def test_an_unknown_step_is_a_sentence(learner: Path, function: Any) -> None:
    assert repr(function(11)) == "There is no step 11. The steps are 1 to 10."


def test_hints_come_one_after_the_other_and_then_again(learner: Path) -> None:
    shown = [repr(hint(3)) for _ in range(4)]
    for number, text in enumerate(shown[:3], start=1):
        assert f"hint {number} of 3" in text
        assert STEPS[2].hints[number - 1].splitlines()[0] in text
    assert shown[3] == shown[0]


def test_checks_and_hints_of_notebooks_tick_the_list(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert repr(progress()).startswith("Your progress: 0 of 10 steps\n")
    judged_as(monkeypatch, make_result([TestResult("a::test_b", 4, "passed", 10, 10)], "", 0))
    check(4)
    hint(3)
    text = repr(progress())
    assert text.startswith("Your progress: 1 of 10 steps\n")
    rows = {line.split()[0]: " ".join(line.split()) for line in text.splitlines()[2:]}
    assert rows["4"].startswith("4 Answer ✓ done")
    assert rows["3"] == "3 Call LiteLLM · to do 1"


def test_the_answer_is_shown_to_who_finished_the_step(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_as(monkeypatch, make_result([TestResult("a::test_b", 4, "failed", 0, 10, "No.")], "", 0))
    check(4)
    assert "not shown yet" in repr(show_answer(4))
    judged_as(monkeypatch, make_result([TestResult("a::test_b", 4, "passed", 10, 10)], "", 0))
    assert "not shown yet" in repr(show_answer(4)), "what was checked last is what counts"
    check(4)
    assert "    return Answer(response=completion.choices[0].message.content)" in repr(show_answer(4))


def test_the_answer_is_shown_to_who_gave_up_and_that_is_remembered(learner: Path) -> None:
    give_up(8)
    give_up(2)
    assert json.loads((learner / ".given_up.json").read_text(encoding="utf-8")) == {"steps": [2, 8]}
    (learner / "main.py").write_text(
        "import os\n\n\nasync def mine():\n    await completion(timeout=5)\n", encoding="utf-8"
    )
    shown = repr(show_answer(8))
    assert "        timeout=30," in shown.partition("The solution's:")[2]
    assert "await completion(timeout=5)" in shown.partition("The solution's:")[0]
    assert "import " not in shown
    (learner / ".given_up.json").write_text("{", encoding="utf-8")
    assert checking._given_up() == []


def test_a_students_copy_has_no_solution_but_the_last_hint(
    learner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up(8)
    monkeypatch.setattr(checking, "KIT", tmp_path)
    assert STEPS[7].hints[-1].splitlines()[-1] in repr(show_answer(8))


def test_the_doctor_says_what_is_missing(learner: Path) -> None:
    assert repr(doctor()).startswith("You have everything you need.")
    (learner / "main.py").unlink()
    assert "✗ to do  Your program is" in repr(doctor())


def test_the_specimens_are_in_the_gallery() -> None:
    assert [name for name in CORRECT if not (GALLERY / "correct" / name / "main.py").is_file()] == []
    assert [name for name in BROKEN if not (GALLERY / "wrong" / name / "main.py").is_file()] == []


def test_a_prediction_is_asked_for_before_the_answer_shows() -> None:
    assert repr(predict("06-1")).startswith("First write your own answer")
    assert repr(predict("06-1", "  ")).startswith("First write your own answer")
    shown = predict("06-1", "It leaks *something*.")._repr_markdown_()
    assert shown.startswith("**You said:** It leaks *something*.\n\n**Answer:** ")
    assert shown.partition("**Answer:** ")[2] in (TEXTS / "06_handle_failures.md").read_text(encoding="utf-8")
    for which in ("06-99", "06", "99-1", "*-1", "06-0", ""):
        assert repr(predict(which, "x")) == "There is no such question in the notebooks."


def test_a_timeline_says_in_words_what_it_shows() -> None:
    timeline = Timeline("two & two", [(0.0, 0.5), (0.1, 2.0)])
    html = timeline._repr_html_()
    assert 'alt="two &amp; two: 2 requests, answered after 0.5, 2.0 seconds."' in html
    assert "<svg" not in html  # JupyterLab takes it out of a saved notebook that is not trusted
    assert 'src="data:image/svg+xml;base64,' in html
    assert b"0.50 s" in base64.b64decode(html.partition("base64,")[2].partition('"')[0])
    assert repr(timeline).splitlines()[1].endswith(" 0.50 s")
    lengths = [line.count("█") for line in repr(timeline).splitlines()[1:]]
    assert lengths[1] > 3 * lengths[0]


def test_a_panel_is_the_same_in_html_and_text() -> None:
    panel = Panel("A <title>", ("Some words.", Code("a = 1\n  b"), Table(("x", "y"), [("1", "22")])))
    assert repr(panel) == "A <title>\nSome words.\n    a = 1\n      b\nx  y\n1  22"
    html = panel._repr_html_()
    for part in ("A &lt;title&gt;", "Some words.", "a = 1\n  b", "<td", ">22<"):
        assert part in html
