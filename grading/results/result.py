"""The result of grading one submission: a versioned schema, as JSON.

Schema 1, one object:

    schema      1
    graded      true, or false if it could not be graded; then the score is 0
    reason      null, or a sentence why it was not graded
    score       marks of the core steps; 0 to max_score
    max_score   100, or 90 where step 9 was not marked; and the marks of an instructor's own tests
    bonus       marks on top, for step 10
    steps       [{step, title, score, max_score, status}], status: passed, failed, skipped or unmarked (step 9,
                where the student's own tests were not judged)
    tests       [{id, step, status, score, max_score, message, hidden, failure, waits_for}], status: passed, failed,
                error or skipped; "error" is a fault of the suite itself, "skipped" says in `message` why nothing was
                checked; step 0: an instructor's own test; hidden: students must not learn of it;
                waits_for: only of a skipped test: the step that comes first, if that is why;
                failure: only of a failed test; `message` as data, {sent, came_back, expected, look_at, observation,
                printed}, all of them texts: see `failure.Failure`
    isolation   {"mode": …, "layers": […], "missing": {layer: why}}, how well the program was kept from its judge; mode:
                "in-process" (it could forge its marks), "process" (it could not, but could do harm) or "sandbox"
    versions    name to version of Python, the kit and what the marks depend on
    hashes      {"submission": "sha256:…", "suite": "sha256:…"}
    duration_s  seconds, a number
    checksum    only in the folder of a class: by it `classroom.store` notices that somebody edited the file
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from grading.results.basis import installed_versions, suite_hash
from grading.results.failure import Failure
from grading.results.steps import MAX_SCORE, STEPS
from grading.results.steps import step as step_of

SCHEMA = 1
CHECKSUM = "checksum"
IN_PROCESS: dict[str, Any] = {"mode": "in-process", "layers": [], "missing": {}}
STATUSES = ("passed", "failed", "error", "skipped")
"""Of a test."""


@dataclass(frozen=True)
class TestResult:
    """What became of one test."""

    __test__ = False  # not a test class for pytest

    id: str
    step: int
    status: str
    score: float
    max_score: float
    message: str = ""
    hidden: bool = False
    failure: Failure | None = None
    waits_for: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the object that is written as JSON, without `failure` and `waits_for` if there are none."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TestResult:
        """Read what `as_json` wrote. Raises TypeError if a field is missing or unknown; types are not checked."""
        failure = data.get("failure")
        return cls(**{**data, "failure": None if failure is None else Failure(**failure)})


@dataclass(frozen=True)
class StepResult:
    """What became of one step: its tests together."""

    step: int
    title: str
    score: float
    max_score: float
    status: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """The whole result, its fields in the documented order: see the module's text."""

    schema: int = SCHEMA
    graded: bool
    reason: str | None
    score: float
    max_score: float = MAX_SCORE
    bonus: float
    steps: tuple[StepResult, ...]
    tests: tuple[TestResult, ...]
    isolation: dict[str, Any] = field(default_factory=lambda: dict(IN_PROCESS))
    versions: dict[str, str] = field(default_factory=installed_versions)
    hashes: dict[str, str]
    duration_s: float

    def as_json(self) -> dict[str, Any]:
        """Return the object that is written as JSON."""
        tests = [test.as_json() for test in self.tests]
        return {**vars(self), "steps": [asdict(row) for row in self.steps], "tests": tests}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Result:
        """Read what `as_json` wrote. Raises ValueError for anything else, such as another schema."""
        try:
            if data["schema"] != SCHEMA:
                raise ValueError(f"its schema is {data['schema']}, and this is {SCHEMA}")
            steps = tuple(StepResult(**row) for row in data["steps"])
            tests = tuple(TestResult.from_json(row) for row in data["tests"])
            fields = {name: value for name, value in data.items() if name != CHECKSUM}
            return cls(**{**fields, "steps": steps, "tests": tests})
        except (AttributeError, KeyError, TypeError) as problem:
            raise ValueError(f"not a result: {problem}") from problem


def make_result(
    tests: Iterable[TestResult],
    submission_hash: str,
    duration_s: float,
    isolation: dict[str, Any] = IN_PROCESS,
    own_tests: bool = False,
) -> Result:
    """Add up the tests of a suite that ran to its end.

    `own_tests`: whether step 9 counts even if none of its tests ran. `duration_s`: seconds.
    """
    tests = tuple(tests)
    numbers = sorted({row.number for row in STEPS} | {test.step for test in tests})
    steps = tuple(_step_result(number, tests, own_tests) for number in numbers)
    core = [row for row in steps if row.step == 0 or step_of(row.step).core]
    return Result(
        graded=True,
        reason=None,
        score=_sum(row.score for row in core),
        bonus=_sum(row.score for row in steps if row not in core),
        max_score=_sum(row.max_score for row in core),
        steps=steps,
        tests=tests,
        hashes={"submission": submission_hash, "suite": suite_hash()},
        duration_s=round(duration_s, 3),
        isolation=dict(isolation),
    )


def not_graded(reason: str, submission_hash: str = "", duration_s: float = 0.0, *, own_tests: bool = False) -> Result:
    """Return the result of a submission that could not be graded: score 0, no test passed.

    `own_tests`: whether step 9 would have been marked.
    """
    result = make_result((), submission_hash, duration_s, own_tests=own_tests)
    return replace(result, graded=False, reason=reason)


def _step_result(number: int, tests: tuple[TestResult, ...], own_tests: bool) -> StepResult:
    mine = [test for test in tests if test.step == number]
    score, states = _sum(test.score for test in mine), {test.status for test in mine}
    status = "passed" if states == {"passed"} else "failed" if states & {"failed", "error"} else "skipped"
    if number == 0:
        marks = _sum(test.max_score for test in mine)
        return StepResult(0, "Your instructor's own tests", score, marks, status)
    row = step_of(number)
    if row.judged == "own-tests" and not mine and not own_tests:
        return StepResult(number, row.title, 0, 0, "unmarked")
    return StepResult(number, row.title, score, row.marks, status)


def _sum(scores: Iterable[float]) -> float:
    """Add up marks, which may be thirds: three of them are a whole."""
    return tidy(round(sum(scores), 4))


def tidy(score: float) -> float:
    """Return whole marks as int, so that JSON has 90 and not 90.0."""
    return int(score) if score == int(score) else score
