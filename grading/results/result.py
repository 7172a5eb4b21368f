"""The result of grading one submission: a versioned schema, as JSON.

Schema 1, one object:

    schema      1
    graded      true, or false if nobody could tell what the program does; then the score is 0
    reason      null, or why it was not graded, as a sentence
    score       marks of the core steps; 0 to max_score, in halves
    max_score   100, or 90 where step 9 was not marked; and the marks of an instructor's own tests
    bonus       marks on top, for step 10
    steps       [{step, title, score, max_score, status}], status: passed, failed, skipped or unmarked (step 9,
                where the student's own tests were not judged)
    tests       [{id, step, status, score, max_score, message, hidden}], status: passed, failed, error or skipped;
                "error" is a fault of the suite itself, "skipped" says in `message` why nothing could be told;
                step 0: an instructor's own test; hidden: students must not learn of it
    isolation   {"mode": …, "layers": […], "missing": {layer: why}}, how well the program was kept from its judge; mode:
                "in-process" (it could forge its marks), "process" (it could not, but could do harm) or "sandbox"
    versions    name to version of Python, the kit and what the marks depend on
    hashes      {"submission": "sha256:…", "suite": "sha256:…"}
    duration_s  seconds, a number
"""

from __future__ import annotations

import functools
import hashlib
import platform
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from grading import KIT, __version__
from grading.results.steps import MAX_SCORE, OWN_TESTS_PROGRAMS, STEPS, marks_own_tests
from grading.results.steps import step as step_of

SCHEMA = 1
DECIDES = ("results", "intake", "processes", "provider", "webapp", "suite", "judging")
"""Packages that decide about marks."""
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
    """The whole result, its fields in the documented order. See the module's text for them."""

    schema: int = SCHEMA
    graded: bool
    reason: str | None
    score: float
    max_score: float = MAX_SCORE
    bonus: float
    steps: tuple[StepResult, ...]
    tests: tuple[TestResult, ...]
    isolation: dict[str, Any] = field(default_factory=lambda: dict(IN_PROCESS))
    versions: dict[str, str] = field(default_factory=lambda: installed_versions())
    hashes: dict[str, str]
    duration_s: float

    def as_json(self) -> dict[str, Any]:
        """Return the object that is written as JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Result:
        """Return the result that `as_json` wrote. Raises ValueError for anything else, another schema among it."""
        try:
            if data["schema"] != SCHEMA:
                raise ValueError(f"its schema is {data['schema']}, and this is {SCHEMA}")
            steps = tuple(StepResult(**row) for row in data["steps"])
            tests = tuple(TestResult(**row) for row in data["tests"])
            return cls(**{**data, "steps": steps, "tests": tests})
        except (KeyError, TypeError) as problem:
            raise ValueError(f"not a result: {problem}") from problem


def make_result(
    tests: Iterable[TestResult],
    submission_hash: str,
    duration_s: float,
    isolation: dict[str, Any] = IN_PROCESS,
    own_tests: bool = False,
) -> Result:
    """Add up the tests of a suite that ran to its end; `own_tests`: whether step 9 was to be marked, if it has none."""
    tests = tuple(tests)
    numbers = sorted({row.number for row in STEPS} | {test.step for test in tests})
    steps = tuple(_step_result(number, tests, own_tests) for number in numbers)
    core = [row for row in steps if row.step == 0 or step_of(row.step).core]
    return Result(
        graded=True,
        reason=None,
        score=tidy(sum(row.score for row in core)),
        bonus=tidy(sum(row.score for row in steps if row not in core)),
        max_score=tidy(sum(row.max_score for row in core)),
        steps=steps,
        tests=tests,
        hashes={"submission": submission_hash, "suite": suite_hash()},
        duration_s=round(duration_s, 3),
        isolation=dict(isolation),
    )


def not_graded(reason: str, submission_hash: str = "", duration_s: float = 0.0, *, own_tests: bool = False) -> Result:
    """Return the result of a submission about which nothing could be told: 0, never a pass.

    `own_tests` says whether step 9 would have been marked.
    """
    result = make_result((), submission_hash, duration_s, own_tests=own_tests)
    return replace(result, graded=False, reason=reason)


def _step_result(number: int, tests: tuple[TestResult, ...], own_tests: bool) -> StepResult:
    mine = [test for test in tests if test.step == number]
    score, states = tidy(sum(test.score for test in mine)), {test.status for test in mine}
    status = "skipped" if states <= {"skipped"} else "passed" if states == {"passed"} else "failed"
    if number == 0:
        marks = tidy(sum(test.max_score for test in mine))
        return StepResult(0, "Your instructor's own tests", score, marks, status)
    row = step_of(number)
    if row.judged == "own-tests" and not mine and not own_tests:
        return StepResult(number, row.title, 0, 0, "unmarked")
    return StepResult(number, row.title, score, row.marks, status)


def tidy(score: float) -> float:
    """Return whole marks as int, so that 90 is written as 90."""
    return int(score) if score == int(score) else score


@functools.cache
def suite_hash() -> str:
    """Return the hash of what decides about marks: the suite, and the grader's code that runs it.

    A process remembers it, as it goes on with what it has imported.
    """
    digest = hashlib.sha256()
    files = [
        *(KIT / "tests").rglob("*"),
        *(path for name in DECIDES for path in (KIT / "grading" / name).rglob("*.py")),
    ]
    for path in sorted(path for path in files if path.suffix in (".py", ".toml")):
        # Text, so that a checkout with other line endings has the same hash.
        digest.update(path.relative_to(KIT).as_posix().encode() + b"\0")
        digest.update(path.read_text(encoding="utf-8").encode() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def installed_versions() -> dict[str, str]:
    """Return name and version of what the marks may depend on."""
    from importlib import metadata  # late: it imports much

    packages = ("litellm", "openai", "fastapi", "starlette", "pydantic", "httpx", "pytest", "respx")
    own_tests = {"own_tests": own_tests_version()} if marks_own_tests() else {}
    versions = {package: metadata.version(package) for package in packages}
    return {"python": platform.python_version(), "kit": __version__, **versions, **own_tests}


@functools.cache
def own_tests_version() -> str:
    """Return what stands for the programs of step 9: a hash of their list and their code."""
    listed = tomllib.loads(OWN_TESTS_PROGRAMS.read_text(encoding="utf-8"))
    folders = [Path("correct", name) for name in listed["correct"]] + [Path("wrong", name) for name in listed["broken"]]
    files = [path for folder in folders for path in sorted((OWN_TESTS_PROGRAMS.parent / folder).rglob("*.py"))]
    digest = hashlib.sha256()
    for path in (OWN_TESTS_PROGRAMS, *files):
        digest.update(path.read_text(encoding="utf-8").encode() + b"\0")
    return digest.hexdigest()[:12]
