"""Gradescope, Classroom 50 and JUnit: what is written fits the formats, and the marks are ours."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.exports import classroom50_autograder as classroom50
from grading.exports.classroom50 import classroom50_marks, grading_of
from grading.exports.gradescope import gradescope_results
from grading.exports.junit import junit_xml
from grading.exports.result_markdown import result_markdown
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.results.steps import step
from grading.tests.conftest import Mark
from grading.tests.programs import run_pytest, write

HOSTILE = (
    'sent: \x1b[2J\x00\x08 ]]> <script>alert(1)</script> & "quotes" \ufffe \ud800 ::\n'
    '::notice title=Autograding report::{"totalPoints":90,"maxPoints":90}\n'
    "  ::add-mask::a\n##[error]no\n::stop-commands::x"
)
VARIABLES = {name: f"{name.lower()} value" for name in classroom50.FIELDS.values()} | {
    "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": "submit/2026-11-28T10-00-00Z-0123456",
}
MakeResult = Callable[[Mark], Result]


def hidden(mark: Mark) -> Result:
    """Return a wrong program's result with an instructor's own test, and with a hidden one in step 1."""
    first, *others = wrong(mark).tests
    own = TestResult("extra::test_hush", 0, "failed", 0, 5, "hush-hush", hidden=True)
    return replace(wrong(mark), tests=(replace(first, hidden=True, message="hush-hush"), *others, own))


def wrong(mark: Mark) -> Result:
    return mark(KIT / "grading" / "gallery" / "wrong" / "answer_cut")


def hostile(mark: Mark) -> Result:
    result = wrong(mark)
    states = ("failed", "error", "skipped")
    tests = [replace(test, status=states[n % 3], score=0, message=HOSTILE) for n, test in enumerate(result.tests)]
    return replace(result, score=0, bonus=0, tests=tuple(tests))


REAL: dict[str, MakeResult] = {
    "solution": lambda mark: mark(KIT / "solution"),
    "starter": lambda mark: mark(KIT / "starter"),
    "wrong": wrong,
    "hidden": hidden,
    "hostile": hostile,
    "not-graded": lambda mark: not_graded(f"main.py can't be read: {HOSTILE}"),
}
each = pytest.mark.parametrize("make", REAL.values(), ids=REAL)


def errors(name: str, instance: object) -> list[str]:
    """Return what does not fit the schema of that name. (litellm brings jsonschema, which has no types.)"""
    validator = import_module("jsonschema").Draft202012Validator
    schema = json.loads((KIT / "grading" / "exports" / "schemas" / name).read_text(encoding="utf-8"))
    validator.check_schema(schema)
    return [error.message for error in validator(schema).iter_errors(instance)]


@each
def test_gradescope_results_fit_the_schema_and_add_up(make: MakeResult, mark: Mark) -> None:
    result = make(mark)
    written = json.loads(json.dumps(gradescope_results(result)))
    assert errors("gradescope_results.json", written) == []
    assert written["score"] == result.score + result.bonus == pytest.approx(sum(t["score"] for t in written["tests"]))
    if not result.graded:
        assert written["output"].startswith("Not graded. main.py can't be read")


@pytest.mark.parametrize(
    "change",
    [{"visibility": "secret"}, {"tests": [{"score": "1"}]}, {"tests": [{"number": 1}]}, {"Score": 1}, {"score": None}],
)
def test_the_gradescope_schema_refuses_what_gradescope_does_not_know(change: dict[str, Any], mark: Mark) -> None:
    assert errors("gradescope_results.json", {**gradescope_results(mark(KIT / "solution")), **change})


def test_gradescope_shows_no_hidden_test(mark: Mark) -> None:
    written = gradescope_results(hidden(mark))
    own = [test for test in written["tests"] if test["number"].startswith("0.")]
    assert [test["visibility"] for test in own] == ["hidden"]
    assert {test["visibility"] for test in written["tests"] if test not in own} == {"visible", "hidden"}
    assert "hush" not in json.dumps([written["output"], written["extra_data"]])
    assert written["stdout_visibility"] == "hidden"


def test_gradescope_numbers_are_step_and_index(mark: Mark) -> None:
    written = gradescope_results(mark(KIT / "solution"))
    numbers = [test["number"] for test in written["tests"]]
    assert len(set(numbers)) == len(numbers)
    assert {"1.1", "2.1", "10.1"} <= set(numbers)
    assert {test["number"].split(".")[0] for test in written["tests"] if "bonus" in test["tags"]} == {"10"}


@each
def test_classroom50_marks_are_whole_and_add_up_without_the_bonus(make: MakeResult, mark: Mark) -> None:
    result = make(mark)
    grading = grading_of(result)
    if not result.graded:
        assert grading["marks"] is None
        assert "Not graded" in grading["body"]
        return
    written = classroom50.result(grading["marks"], VARIABLES)
    assert errors("classroom50_result.json", written) == []
    tests = grading["marks"]["tests"]
    for name in ("score", "max-score"):
        assert grading["marks"][name] == sum(test[name] for test in tests)
    core = sum(row.score for row in result.steps if row.step and step(row.step).core)
    assert 0 <= core - grading["marks"]["score"] < len(tests)
    assert not [test for test in tests if "Ship it" in test["test-name"]]
    assert all(test["score"] < test["max-score"] for test in tests if not test["passed"])


def test_halves_never_become_full_marks() -> None:
    rows = [TestResult("t::a", 7, "passed", 9.5, 9.5), TestResult("t::b", 7, "failed", 0, 0.5)]
    (step,) = [row for row in classroom50_marks(make_result(rows, "", 0))["tests"] if row["score"]]
    assert step == {"test-name": "Step 7: Limit the input", "passed": False, "score": 9, "max-score": 10}


@each
def test_markdown_gives_nothing_away_and_obeys_nothing(make: MakeResult, mark: Mark) -> None:
    """What a program said stands in code blocks, whose fence it can't close."""
    page = result_markdown(make(mark))
    assert "hush" not in page
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert "::" not in outside
    assert "<script" not in outside


def test_junit_has_the_elements_and_attributes_that_pytest_writes(mark: Mark, tmp_path: Path) -> None:
    """No schema file comes with it: pytest's own writer is the measure, on a file with one test of each kind."""
    tests = (
        "import pytest\n"
        "@pytest.fixture\ndef broken(): raise OSError\n"
        "def test_pass(record_property): record_property('a', 1)\ndef test_fail(): assert 0\n"
        "def test_error(broken): pass\ndef test_skip(): pytest.skip('why')\n"
    )
    write(tmp_path, {"test_each.py": tests, "pytest.ini": "[pytest]\n"})
    run_pytest("--junitxml=theirs.xml", cwd=tmp_path)
    theirs = shape(ET.parse(tmp_path / "theirs.xml").getroot())
    ours = shape(ET.fromstring(junit_xml("Łoś", hostile(mark), "2026-03-02")))
    assert {"testsuite/testcase/failure", "testsuite/testcase/error", "testsuite/testcase/skipped"} <= set(ours)
    for path, attributes in ours.items():
        # pytest writes properties of a suite, too, if record_testsuite_property was used.
        assert attributes <= theirs.get(path.replace("testsuite/properties", "testsuite/testcase/properties"), set())
    assert ours["testsuite"] == theirs["testsuite"]


def shape(root: ET.Element, path: str = "") -> dict[str, set[str]]:
    """Return the attributes of each element, by its path below the root."""
    found: dict[str, set[str]] = {}
    for child in root:
        here = f"{path}/{child.tag}".removeprefix("/")
        found.setdefault(here, set()).update(child.attrib)
        for name, attributes in shape(child, here).items():
            found.setdefault(name, set()).update(attributes)
    return found


@each
def test_junit_is_xml_and_counts_right(make: MakeResult, mark: Mark) -> None:
    result = make(mark)
    text = junit_xml("Łoś \x07", result, "2026-03-02T09:00:00+00:00")
    suite = ET.fromstring(text.encode())[0]
    states = [test.status for test in result.tests] or ["error"]
    assert (suite.get("name"), suite.get("timestamp")) == ("Łoś #x07", "2026-03-02T09:00:00+00:00")
    for attribute, status in (("failures", "failed"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(attribute, "")) == states.count(status)
    assert int(suite.get("tests", "")) == len(suite.findall("testcase")) == len(states)
    score = suite.find("properties/property[@name='score']")
    assert score is not None
    assert float(score.get("value", "")) == result.score
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe]", text)
