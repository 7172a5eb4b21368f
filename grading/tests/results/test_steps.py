"""The step table agrees with everything that repeats a part of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grading import KIT
from grading.harness.recorder import Recorder
from grading.judging.judge import run_pytest
from grading.results.result import TestResult, make_result
from grading.results.steps import MAX_BONUS, MAX_SCORE, STEPS, Step, step
from grading.tests.conftest import Mark


def test_marks_are_the_contracts() -> None:
    assert [row.marks for row in STEPS] == [5, 15, 20, 10, 0, 20, 10, 10, 10, 10]
    assert (MAX_SCORE, MAX_BONUS) == (100, 10)


WEIGHTS = """
import pytest

pytestmark = pytest.mark.step(3)

@pytest.mark.worth(1)
def test_one(): pass

@pytest.mark.worth(2)
@pytest.mark.parametrize("case", [1, 2])
def test_two(case): pass

def test_without_marks(): pass

@pytest.mark.step(99)
def test_of_a_step_that_was_dropped(): raise AssertionError
"""


def test_marks_are_shared_by_weight_whatever_the_weights_add_up_to(tmp_path: Path) -> None:
    """steps.toml alone says what a step is worth; a test's weight says only which part of it is its own."""
    (tmp_path / "test_weights.py").write_text(WEIGHTS, encoding="utf-8")
    recorder = Recorder()
    run_pytest(str(tmp_path), [str(tmp_path)], [recorder])
    marks = step(3).marks
    assert [test.max_score for test in recorder.results] == [marks / 5, marks * 2 / 5, marks * 2 / 5, 0]
    part = round(marks / 7, 6)
    sevenths = [TestResult(f"t{number}", 3, "passed", part, part) for number in range(7)]
    row = next(row for row in make_result(sevenths, "", 0).steps if row.step == 3)
    assert (row.score, row.max_score) == (marks, marks)


def test_numbers_are_in_order() -> None:
    assert [row.number for row in STEPS] == list(range(1, 11))


@pytest.mark.parametrize("row", STEPS, ids=lambda row: f"step-{row.number}")
def test_every_step_has_words_for_a_student(row: Step) -> None:
    assert row.title
    assert row.objective.endswith(".")
    assert len(row.hints) == 3
    assert all(len(hint) > 20 for hint in row.hints)
    assert row.notebook.startswith(f"notebooks/{row.number:02}_")


def test_the_tests_of_each_step_are_worth_its_marks(mark: Mark) -> None:
    tests: dict[int, list[TestResult]] = {}
    for test in mark(KIT / "solution").tests:
        tests.setdefault(test.step, []).append(test)
    assert {number: sum(test.max_score for test in group) for number, group in tests.items()} == {
        row.number: row.marks for row in STEPS if row.tests
    }


def test_there_is_one_test_file_for_each_judged_step() -> None:
    files = {path.relative_to(KIT).as_posix() for path in (KIT / "tests").glob("test_*.py")}
    assert files == {row.tests for row in STEPS if row.tests}


@pytest.mark.parametrize("row", [row for row in STEPS if row.tests], ids=lambda row: f"step-{row.number}")
def test_suite_files_name_their_step_and_describe_every_test(row: Step) -> None:
    tree = ast.parse((KIT / row.tests).read_text(encoding="utf-8"))
    assert f"pytest.mark.step({row.number})" in ast.unparse(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            assert ast.get_docstring(node) or node.name == "_call" or node.name.startswith("_"), node.name


def test_the_suite_knows_nothing_of_where_the_app_runs() -> None:
    allowed = {
        "grading.results.failure",
        "grading.suite.contract",
        "grading.suite.observation",
        "grading.suite.documented_names",
        "grading.suite.durations",
        "grading.suite.exchanges",
        "grading.suite.failing",
        "grading.suite.leaks",
        "grading.suite.openapi_schema",
        "grading.suite.sending",
        "grading.suite.server_events",
        "grading.suite.streams",
        "grading.suite.traces",
        "grading.provider.litellm_environment",
        "grading.provider.provider",
    }
    for path in (KIT / "tests").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grading"):
                imported = {f"grading.suite.{name.name}" for name in node.names}
                assert (imported if node.module == "grading.suite" else {node.module}) <= allowed, path.name


def test_an_unknown_step_is_a_sentence() -> None:
    with pytest.raises(KeyError, match=r"There is no step 11\. The steps are 1 to 10\."):
        step(11)
