"""Turn pytest's reports into results: a pytest plugin, registered as an object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator

import pytest

from grading.harness.waiting import WAITS_FOR
from grading.results.failure import Failure
from grading.results.result import TestResult, tidy
from grading.results.steps import STEPS
from grading.results.steps import step as step_of
from grading.results.terminal import summary

PLACE = pytest.StashKey[int]()
"""A test's place in the files: tests may run in another order."""
FAILURE = "failure"
"""The property of a pytest report that holds how the contract was broken: a Failure as a dict, which a worker of
pytest-xdist can send, as it can't an object of ours."""
_KNOWN = {row.number for row in STEPS}
_LONGEST = 50_000  # characters of a message, which may quote a program


def test_id(item: pytest.Item) -> str:
    """Return a test's stable name: file without suffix, function and case."""
    return f"{item.path.stem}::{item.name}"


def worth(item: pytest.Item) -> float:
    """Read the weight of a test within its step from its marker `worth`; 0 without one.

    An instructor's own tests have no step to share marks of: there it is the marks.
    """
    marker = item.get_closest_marker("worth")
    return float(marker.args[0]) if marker else 0.0


def step_number(item: pytest.Item) -> int | None:
    """Read a test's step from its marker `step`; 0 for an instructor's own tests, None for tests of other things."""
    if item.get_closest_marker("extra"):
        return 0
    marker = item.get_closest_marker("step")
    return int(marker.args[0]) if marker else None


def _place(item: pytest.Item) -> int:
    return item.stash.get(PLACE, 0)


class Recorder:
    """Collects a TestResult for each test of a step, and calls `announce` with it at once."""

    def __init__(self, announce: Callable[[TestResult], None] = lambda result: None) -> None:
        self.collected: list[str] = []
        self._results: list[tuple[int, TestResult]] = []
        self._announce = announce
        self._weights: defaultdict[int | None, float] = defaultdict(float)  # of all tests of a step together
        self._reports: list[pytest.TestReport] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop the tests of steps that the table no longer has."""
        items[:] = [item for item in items if not step_number(item) or step_number(item) in _KNOWN]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """List the tests that will run, so that a missing result is noticed."""
        items = [item for item in session.items if step_number(item) is not None]
        self.collected = [test_id(item) for item in sorted(items, key=_place)]
        self._weights.clear()
        for item in items:
            self._weights[step_number(item)] += worth(item)

    @property
    def results(self) -> list[TestResult]:
        """The results so far, in the order of the files."""
        return [result for _, result in sorted(self._results, key=lambda found: found[0])]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Combine the reports of a test's three phases into one result."""
        self._reports = []
        outcome = yield
        number = step_number(item)
        if number is not None:
            result = self._result(item, number)
            self._results.append((_place(item), result))
            self._announce(result)
        return outcome

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the report of one phase: setup, call or teardown."""
        self._reports.append(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> Generator[None, None, None]:
        """With --app, end the output with the state of each step and what to do next."""
        yield
        if config.getoption("--app") is not None and self.results:
            terminalreporter.section("steps")
            for line in summary(self.results):
                terminalreporter.write_line(line)

    def _marks(self, item: pytest.Item, number: int) -> float:
        """Return a test's share of its step's marks."""
        weight, all_weights = worth(item), self._weights[number]
        return round(step_of(number).marks * weight / all_weights, 6) if number and weight else weight

    def _result(self, item: pytest.Item, number: int) -> TestResult:
        marks = self._marks(item, number)
        status, message, failure, waits_for = "passed", "", None, None
        for report in self._reports:
            if report.skipped and status == "passed":
                status, message = "skipped", _skip_reason(report)
                waits_for = _waits_for(report)
            elif report.failed and status in ("passed", "skipped"):
                failure, waits_for = _failure(report), None
                status, message = ("failed", str(failure)) if failure else ("error", report.longreprtext)
        score = marks if status == "passed" else 0
        hidden = number == 0 and item.get_closest_marker("shown") is None
        message = message[:_LONGEST]
        return TestResult(test_id(item), number, status, tidy(score), tidy(marks), message, hidden, failure, waits_for)


def _failure(report: pytest.TestReport) -> Failure | None:
    """Return how the contract was broken; None if the test itself went wrong."""
    failure = dict(report.user_properties).get(FAILURE)
    return Failure(**failure) if isinstance(failure, dict) else None


def _waits_for(report: pytest.TestReport) -> int | None:
    """Return the step that comes first; None if the test is skipped for another reason."""
    step = dict(report.user_properties).get(WAITS_FOR)
    return step if isinstance(step, int) else None


def _skip_reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)
