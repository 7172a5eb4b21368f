"""The result: marks add up, and what is written is schema 1 to the letter. Other tests check their results by it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grading import KIT, __version__
from grading.results import basis
from grading.results.basis import suite_hash
from grading.results.failure import Failure
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.results.steps import STEPS

SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
FIELDS = "schema graded reason score max_score bonus steps tests isolation versions hashes duration_s".split()
STEP_STATUSES = {"passed", "failed", "skipped", "unmarked"}
TEST_STATUSES = {"passed", "failed", "error", "skipped"}
VERSIONS = "python kit litellm openai fastapi starlette a2wsgi pydantic httpx pytest respx own_tests".split()


def assert_schema_1(data: Any) -> None:
    """Demand what the module's text promises: fields and their order, types, values that fit together."""
    assert list(data) == FIELDS
    assert data["schema"] == 1
    assert type(data["graded"]) is bool
    if data["graded"]:
        assert data["reason"] is None
    else:
        assert_text(data["reason"])
    assert data["max_score"] == 90 + data["steps"][8]["max_score"]
    assert_marks(data["score"], data["max_score"])
    assert_marks(data["bonus"], 10)
    assert [row["step"] for row in data["steps"]] == list(range(1, 11))
    for row in data["steps"]:
        assert list(row) == ["step", "title", "score", "max_score", "status"]
        assert_text(row["title"])
        assert_marks(row["score"], row["max_score"])
        assert row["status"] in STEP_STATUSES
        assert (row["status"] == "unmarked") == (row["step"] == 9 and row["max_score"] == 0)
    for test in data["tests"]:
        fields = ["id", "step", "status", "score", "max_score", "message", "hidden"]
        waits = ["waits_for"] * ("waits_for" in test and test["status"] == "skipped")
        assert list(test) == [*fields, *["failure"] * (test["status"] == "failed"), *waits]
        assert test.get("waits_for", 1) in range(1, 11)
        assert_text(test["id"])
        assert test["step"] in range(1, 11)
        assert test["status"] in TEST_STATUSES
        assert_marks(test["score"], test["max_score"])
        assert test["score"] == (test["max_score"] if test["status"] == "passed" else 0)
        assert type(test["message"]) is str
        assert (test["message"] == "") == (test["status"] == "passed")
        if test["status"] == "failed":
            assert {type(part) for part in test["failure"].values()} == {str}
            assert str(Failure(**test["failure"])) == test["message"]
            assert_text(test["failure"]["observation"])
    assert len({test["id"] for test in data["tests"]}) == len(data["tests"])
    assert bool(data["tests"]) == data["graded"]
    for row in data["steps"]:
        assert row["score"] == sum(test["score"] for test in data["tests"] if test["step"] == row["step"])
    assert data["score"] == sum(row["score"] for row in data["steps"] if row["step"] != 10)
    assert data["bonus"] == data["steps"][9]["score"]
    assert list(data["versions"]) == VERSIONS
    assert all(type(version) is str and version for version in data["versions"].values())
    assert list(data["hashes"]) == ["submission", "suite"]
    assert SHA256.fullmatch(data["hashes"]["suite"])
    # Of what could not be read there is no hash.
    assert SHA256.fullmatch(data["hashes"]["submission"]) or (not data["graded"] and not data["hashes"]["submission"])
    assert type(data["duration_s"]) in (int, float)
    assert data["duration_s"] >= 0


def assert_marks(value: object, most: float) -> None:
    """Demand marks in halves, whole ones as int, from 0 to `most`."""
    assert type(value) is int or (type(value) is float and value % 1 == 0.5)
    assert 0 <= value <= most


def assert_text(value: object) -> None:
    assert type(value) is str
    assert value


def a_test(step: int, status: str = "passed", worth: float = 1, name: str = "test") -> TestResult:
    """A result of one test as the judge gives it."""
    failure = Failure.of("", "nothing", f"step {step} to work", "") if status == "failed" else None
    message = "" if status == "passed" else str(failure or f"expected:   step {step} to work")
    score = worth if status == "passed" else 0
    return TestResult(f"test_step_{step:02}::{name}", step, status, score, worth, message, failure=failure)


def a_result(states: Mapping[int, str] | None = None) -> Result:
    """A graded result in which each step has one test, passed unless `states` says another status."""
    statuses = dict(states or {})
    tests = [a_test(row.number, statuses.get(row.number, "passed"), row.marks) for row in STEPS if row.tests]
    return make_result(tests, f"sha256:{'0' * 64}", 1.23456)


def test_full_marks() -> None:
    full = a_result()
    assert (full.graded, full.score, full.max_score, full.bonus) == (True, 90, 90, 10)
    assert (full.duration_s, full.versions["kit"]) == (1.235, __version__)
    assert_schema_1(full.as_json())


@pytest.mark.parametrize("status", ["failed", "error", "skipped"])
@pytest.mark.parametrize("step", [row.number for row in STEPS if row.marks and row.number != 9])
def test_each_step_is_judged_on_its_own(step: int, status: str) -> None:
    one_open = a_result({step: status})
    lost = STEPS[step - 1].marks
    assert (one_open.score, one_open.bonus) == ((90, 10 - lost) if step == 10 else (90 - lost, 10))
    assert one_open.steps[step - 1].status == ("skipped" if status == "skipped" else "failed")
    assert {row.status for row in one_open.steps if row.step not in (step, 9)} == {"passed"}
    assert_schema_1(one_open.as_json())


def test_half_marks_add_up_and_whole_ones_are_whole() -> None:
    halves = [a_test(2, worth=0.5, name="a"), a_test(2, "failed", 1.5, "b"), a_test(3, worth=0.5)]
    odd, even = make_result(halves[:2], "", 0), make_result(halves, "", 0)
    assert (odd.score, odd.steps[1].status) == (0.5, "failed")
    assert (even.score, type(even.score)) == (1, int)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "skipped"], "skipped"),
        (["passed", "failed"], "failed"),
        (["skipped", "error"], "failed"),
        (["skipped", "skipped"], "skipped"),
        ([], "skipped"),
    ],
)
def test_a_step_is_passed_only_if_all_of_its_tests_are(statuses: list[str], status: str) -> None:
    tests = [a_test(3, each, name=str(number)) for number, each in enumerate(statuses)]
    assert make_result(tests, "", 0).steps[2].status == status


def test_not_graded_is_nothing_and_never_a_pass() -> None:
    nothing = not_graded("Nobody could tell.")
    assert (nothing.graded, nothing.reason, nothing.score, nothing.bonus) == (False, "Nobody could tell.", 0, 0)
    assert {row.status for row in nothing.steps} == {"skipped", "unmarked"}
    assert_schema_1(nothing.as_json())


def test_step_9_counts_where_own_tests_were_judged() -> None:
    own = [a_test(9, worth=2.5, name="a"), a_test(9, "failed", 7.5, "b")]
    whole = make_result([*a_result().tests, *own], f"sha256:{'0' * 64}", 1)
    assert (whole.score, whole.max_score, whole.steps[8].status) == (92.5, 100, "failed")
    assert_schema_1(whole.as_json())
    nothing = not_graded("Nobody could tell.", own_tests=True)
    assert (nothing.max_score, nothing.steps[8].status) == (100, "skipped")
    assert_schema_1(nothing.as_json())


def test_the_check_of_the_schema_sees_faults() -> None:
    faults: list[dict[str, Any]] = [{"score": 89}, {"graded": False}, {"bonus": 10.0}, {"reason": ""}, {"extra": 1}]
    for fault in faults:
        with pytest.raises(AssertionError):
            assert_schema_1(a_result().as_json() | fault)


# The hash of the suite.


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small copy of what the hash is made of."""
    (tmp_path / "grading" / "suite").mkdir(parents=True)
    shutil.copytree(KIT / "tests", tmp_path / "tests")
    shutil.copy(KIT / "grading" / "suite" / "contract.py", tmp_path / "grading" / "suite")
    monkeypatch.setattr(basis, "KIT", tmp_path)
    monkeypatch.setattr(basis, "ASSIGNMENT", replace(basis.ASSIGNMENT, folder=tmp_path))
    return tmp_path


def test_the_suites_hash_is_of_its_text(kit: Path) -> None:
    read_hash = suite_hash.__wrapped__  # a process remembers the hash of the suite that it has imported
    before = read_hash()
    for path in kit.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (kit / "tests" / "__pycache__").mkdir(exist_ok=True)
    (kit / "tests" / "__pycache__" / "x.pyc").write_bytes(b"\xff")
    (kit / "grading" / "gallery").mkdir()
    (kit / "grading" / "gallery" / "main.py").write_text("not part of it")
    assert SHA256.fullmatch(before)
    assert read_hash() == before
    for name in ("tests/steps.toml", "tests/test_step_04_answer.py", "grading/suite/contract.py"):
        text = (kit / name).read_bytes()
        (kit / name).write_bytes(text + b"# changed\n")
        assert read_hash() != before
        (kit / name).write_bytes(text)
    (kit / "grading" / "suite" / "contract.py").rename(kit / "grading" / "suite" / "other.py")
    assert read_hash() != before


def test_a_written_result_can_be_read_again() -> None:
    tests = [a_test(6, "failed", 3), TestResult("a::b", 6, "failed", 0, 3, "sent: …")]
    whole = make_result(tests, "sha256:" + "0" * 64, 1.5)
    assert Result.from_json(json.loads(json.dumps(whole.as_json()))) == whole
    failures: list[Any] = [{"sent": "…"}, "sent", 5, {**whole.as_json()["tests"][0]["failure"], "more": ""}]
    odd = [{**whole.as_json(), "tests": [{**whole.as_json()["tests"][0], "failure": failure}]} for failure in failures]
    for broken in (*odd, {**whole.as_json(), "schema": 2}, {**whole.as_json(), "more": 1}, {}, {"schema": 1}):
        with pytest.raises(ValueError, match=r"schema|result"):
            Result.from_json(broken)
