"""The notebooks as files: built from texts, named as in the step table, easy to read; and what their cells call."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from grading import GALLERY, KIT
from grading.checking.mutant import Mutant
from grading.checking.mutation_game import Played
from grading.notebook import check, doctor, give_up, hint, predict, progress, show_answer, which_are_caught
from grading.notebooks import checking, own_bugs, specimens
from grading.notebooks.build import NOTEBOOKS, TEXTS, build, built_files
from grading.notebooks.lab import FIRST, SETTINGS, lab_command
from grading.notebooks.lint import problems
from grading.notebooks.panel import Code, Panel, Table
from grading.notebooks.specimens import BROKEN, CORRECT
from grading.notebooks.timeline import Timeline
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.results.steps import STEPS

ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
notebooks = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


@notebooks
def test_all_end_with_the_same_headings(path: Path) -> None:
    headings = [line for cell in read(path).cells for line in cell.source.splitlines() if line.startswith("## ")]
    assert headings[-2:] == ["## If you are stuck", "## Recap"] or path.name == Path(FIRST).name


def test_the_notebooks_are_those_of_their_texts() -> None:
    built = built_files()
    assert sorted(built) == ALL
    differing = [path.name for path, text in built.items() if path.read_text(encoding="utf-8") != text]
    assert differing == [], "write them anew: python -m grading.notebooks"


def test_there_is_one_notebook_for_each_step_and_one_to_start() -> None:
    assert [path.relative_to(KIT).as_posix() for path in ALL] == [FIRST, *(step.notebook for step in STEPS)]
    assert sorted(path.stem for path in TEXTS.iterdir()) == [path.stem for path in ALL]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step.number))
def test_a_step_has_the_same_title_parts_and_todo_as_in_the_table(step: Any) -> None:
    cells = read(KIT / step.notebook).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert text.startswith(f"# Step {step.number}: {step.title}\n")
    for part in ("**The goal:**", "](pictures/", "**Predict first.**", "## Your turn", "## Recap"):
        assert part in text, part
    assert f"check({step.number})" in code
    assert f"hint({step.number})" in code
    assert f"# give_up({step.number})\nshow_answer({step.number})" in code
    assert set(re.findall(r"TODO (\d+)", text)) == ({str(step.number)} if step.todo else set())


def test_the_first_notebook_leads_to_all_others_by_their_titles() -> None:
    text = (TEXTS / "00_start_here.md").read_text(encoding="utf-8")
    for step in STEPS:
        assert f"{step.number}. [{step.title}]({Path(step.notebook).name})" in text


@notebooks
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("# Another title", "2 first-level headings"),
        ("#### Too deep", "a level of headings is left out"),
        ("![](pictures/07_the_limit.svg)", "without alternative text"),
        ('<img src="pictures/07_the_limit.svg">', "as <img>"),
        ("Read [the page](no_such.md).", "a dead link to no_such.md"),
        ("Look [here](../README.md).", "'here', which does not say"),
        ("Everything green is right.", "a colour: 'green'"),
        ("a" * 2_000, "2000 characters"),
        ("```{code-cell}\n" + "x = 1\n" * 40 + "```", "40 lines"),
        ("```{code-cell}\nx = '" + "a" * 100 + "'\n```", "more than 100 characters"),
        ("```{code-cell}\nopen('/home/ada/kit/main.py')\n```", "a path of one computer"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_the_linter_finds(cell: str, found: str, tmp_path: Path) -> None:
    for folder in ("notebooks/pictures", "notebooks/text"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(NOTEBOOKS / "pictures" / "07_the_limit.svg", tmp_path / "notebooks" / "pictures")
    (tmp_path / "README.md").touch()
    sound = "# A title\n\n![A ruler from nothing to too long, with three parts](pictures/07_the_limit.svg)\n"
    path = tmp_path / "notebooks" / "07.ipynb"
    for text, expected in ((sound, []), (f"{sound}\n+++\n\n{cell}\n", [found])):
        nbformat.write(build(text, "07"), path)  # type: ignore[no-untyped-call]
        told = problems(path)
        assert len(told) == len(expected)
        assert all(part in line for part, line in zip(expected, told, strict=True))


def test_the_linter_finds_stored_output(tmp_path: Path) -> None:
    notebook = read(ALL[0])
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.execution_count = 1
    nbformat.write(notebook, tmp_path / "00.ipynb")  # type: ignore[no-untyped-call]
    assert any("stored output" in problem for problem in problems(tmp_path / "00.ipynb"))


@pytest.mark.parametrize("path", sorted((NOTEBOOKS / "pictures").iterdir()), ids=lambda path: path.name)
def test_a_picture_brings_its_own_background_and_is_used(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert '<rect class="card" x="0.5" y="0.5"' in source, "without it, text is lost in a dark theme"
    assert "<title>" in source
    assert "http" not in source.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert sum(f"pictures/{path.name}" in text.read_text(encoding="utf-8") for text in TEXTS.iterdir()) == 1


def test_litellm_is_the_version_that_the_kit_pins() -> None:
    pinned = re.findall(r'"litellm\S*==([\d.]+)', (KIT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = "".join(path.read_text(encoding="utf-8") for path in TEXTS.iterdir())
    assert set(re.findall(r"litellm==([\d.]+)", texts)) == set(pinned)


def test_the_kernel_is_the_one_of_this_environment() -> None:
    names = {read(path).metadata.kernelspec.name for path in ALL}
    assert names == {"python3"}
    spec = KernelSpecManager().get_kernel_spec("python3")
    assert spec.argv[0] in (sys.executable, "python")  # Jupyter puts its own Python in the place of "python"
    assert lab_command(browser=False)[0] == sys.executable
    assert lab_command(browser=False)[-1].endswith(f"/lab/tree/{FIRST}")


def test_codespaces_set_the_kit_up_as_the_readme_says() -> None:
    container = json.loads((KIT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert f"\n{container['postCreateCommand']} " in (KIT / "README.md").read_text(encoding="utf-8")
    opened = container["customizations"]["codespaces"]["openFiles"]
    assert all((KIT / name).is_file() for name in opened)


# What the cells call.


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
    assert "color" not in html
    assert '<th scope="col"' in html
    assert panel.done is False


def test_a_program_that_cannot_be_graded_gets_the_reason(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_as(monkeypatch, not_graded("The tests did not end within 9 seconds."))
    said = repr(check(3))
    assert said.startswith(
        "Step 3, Call LiteLLM: ✗ not checked yet\nCorrect this first:\n    The tests did not end within 9"
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
    assert "there is none yet. Next: grade check" in repr(which_are_caught("def test_a():\n    pass\n"))
    mutant = Mutant("answers in capitals", 4, 30, "a", "b", "b\n")
    played = [Played(mutant, "main.py", False), Played(replace(mutant, kind="strips the text"), "main.py", True)]
    monkeypatch.setattr(own_bugs, "play", lambda folder: played)
    panel = check(9)
    assert panel.title == "These tests: ✗ not yet (1 of 2 bugs caught)"
    assert re.search(r"answers in capitals +✗ missed +main.py, line 30\nstrips the text +✓ caught", repr(panel))


@pytest.mark.parametrize(
    ("tests", "said"),
    [("def test_(", "SyntaxError"), ("x = 1", "There is no test in them."), ("import os; os._exit(0)", "their end")],
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
    assert repr(doctor()).startswith("Everything that you need is there.")
    (learner / "main.py").unlink()
    assert "✗ to do  Your program is" in repr(doctor())


def test_the_specimens_are_in_the_gallery() -> None:
    assert [name for name in CORRECT if not (GALLERY / "correct" / name / "main.py").is_file()] == []
    assert [name for name in BROKEN if not (GALLERY / "wrong" / name / "main.py").is_file()] == []


def test_a_prediction_is_asked_for_before_the_answer_shows() -> None:
    assert repr(predict("06-1")).startswith("First your own answer")
    assert repr(predict("06-1", "  ")).startswith("First your own answer")
    shown = predict("06-1", "It leaks *something*.")._repr_markdown_()
    assert shown.startswith("**You said:** It leaks *something*.\n\n**Answer:** ")
    assert shown.partition("**Answer:** ")[2] in (TEXTS / "06_handle_failures.md").read_text(encoding="utf-8")
    for which in ("06-99", "06", "99-1", "*-1", "06-0", ""):
        assert repr(predict(which, "x")) == "There is no such question in the notebooks."


@notebooks
def test_every_question_has_a_cell_for_a_prediction_and_its_answer(path: Path) -> None:
    sources = [cell.source for cell in read(path).cells]
    asked = sum(source.count("**Predict first.**") for source in sources)
    calls = [found for source in sources for found in re.findall(r'predict\("([\d-]+)", ""\)', source)]
    assert len(calls) >= 1
    assert not any("<details>" in source for source in sources)
    assert asked == len(calls) or path.name == Path(FIRST).name
    assert all("**Answer:** " in predict(which, "x").text for which in calls)


def test_a_timeline_says_in_words_what_it_shows() -> None:
    timeline = Timeline("two & two", [(0.0, 0.5), (0.1, 2.0)])
    html = timeline._repr_html_()
    assert 'alt="two &amp; two: 2 requests, answered after 0.5, 2.0 seconds."' in html
    assert "<svg" not in html  # JupyterLab takes it out of a saved notebook that is not trusted
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


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def test_the_lab_asks_nothing_about_news_and_says_little() -> None:
    overrides = json.loads((SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    command = lab_command(browser=False)
    assert f"--LabApp.app_settings_dir={SETTINGS}" in command
    assert "--KernelManager.transport_encryption=auto" in command
