"""An instructor's own tests: the documented example adds marks, and students see them only where allowed."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from grading import GALLERY, KIT
from grading.judging import grader
from grading.judging.judge import Extra, judge
from grading.results.steps import MAX_SCORE
from grading.tests.classroom.class_command import a_class, grade_class
from grading.tests.classroom.known_grader import KnownGrader


def documented_example() -> str:
    """Return the test file that the page for instructors shows."""
    page = (KIT / "grading" / "INSTRUCTORS.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(import pytest\n.*?)```", page, re.DOTALL)
    return str(block)


def test_the_documented_example_works_and_is_part_of_what_makes_a_result_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = {
        "right": (GALLERY / "correct" / "sync_completion" / "main.py").read_bytes(),
        "wrong": (GALLERY / "wrong" / "blank_accepted" / "main.py").read_bytes(),
        "broken": b"def f(:\n",
    }
    source = a_class(tmp_path / "class", programs)
    tests = tmp_path / "mine"
    tests.mkdir()
    (tests / "test_mine.py").write_text(documented_example(), encoding="utf-8")
    place = (source, "--out", tmp_path / "out", "--extra-tests", tests)
    grade_class(*place)
    rows = {row["name"]: row for row in json.loads((tmp_path / "out" / "summary.json").read_bytes())["marks"]}
    assert {name: (row["graded"], row["max_score"]) for name, row in rows.items()} == {
        "right": (True, MAX_SCORE + 10),
        "wrong": (True, MAX_SCORE + 10),
        "broken": (False, MAX_SCORE + 10),
    }
    assert rows["right"]["score"] == 100  # 90 and 10: it has no tests of its own, step 9
    result = json.loads((tmp_path / "out" / "results" / f"{rows['wrong']['key']}.json").read_bytes())
    own = {test["id"].partition("::")[2]: test for test in result["tests"] if test["step"] == 0}
    assert {name: (test["status"], test["score"], test["hidden"]) for name, test in own.items()} == {
        "test_markdown_comes_back_unharmed": ("passed", 5, True),
        "test_line_breaks_alone_are_blank": ("failed", 0, False),
    }
    assert "grade hint 7" in own["test_line_breaks_alone_are_blank"]["message"]
    assert "To grade: 0. Known from before: 2." in grade_class(*place)
    (tests / "test_mine.py").write_text(documented_example().replace("worth(5)", "worth(6)"), encoding="utf-8")
    monkeypatch.setattr(grader, "Grader", KnownGrader)  # it knows no extra tests
    assert "2 marks changed" in grade_class(*place)
    text = (tmp_path / "out" / "changes.txt").read_text(encoding="utf-8")
    assert text.count("because the extra tests changed") == 2
    assert f"100 of {MAX_SCORE + 10}" in text


@pytest.mark.parametrize("files", [{}, {"test_mine.py": "def f(:\n"}])
def test_tests_that_cannot_be_collected_grade_nobody(files: dict[str, str], tmp_path: Path) -> None:
    source = a_class(tmp_path / "class", {"right": b"app = 1\n"})
    (tmp_path / "mine").mkdir()
    for name, text in files.items():
        (tmp_path / "mine" / name).write_text(text)
    told = grade_class(source, "--out", tmp_path / "out", "--extra-tests", tmp_path / "mine", code=2)
    assert "--extra-tests" in told


PLAIN = """
def test_teapot(client):
    answer = client.get("/teapot")
    assert answer.status_code == 418

def test_that_goes_wrong(client):
    {}["nothing"]
"""


def test_a_plain_assert_is_a_failed_test_with_its_values(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(PLAIN, encoding="utf-8")
    teapot, wrong = judge(str(KIT / "solution"), [str(tmp_path)], io.StringIO(), Extra())
    assert (teapot.status, wrong.status) == ("failed", "error")
    assert teapot.failure is not None
    assert teapot.failure.came_back.startswith("404 == 418")
    assert teapot.failure.expected == "assert answer.status_code == 418"
