"""Turn pytest's reports into results: a small pytest plugin that is registered as an object."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from grading.results.result import TestResult, tidy
from grading.results.terminal import summary

PLACE = pytest.StashKey[int]()
"""A test's place in the files, where tests run in another order."""
_LONGEST = 50_000  # characters of a message, which may quote a program


def test_id(item: pytest.Item) -> str:
    """Return a test's stable name: file without its ending, function and case."""
    return f"{item.path.stem}::{item.name}"


def worth(item: pytest.Item) -> float:
    """Return the marks of a test, from its marker `worth`; 0 without one."""
    marker = item.get_closest_marker("worth")
    return float(marker.args[0]) if marker else 0.0


def step_number(item: pytest.Item) -> int | None:
    """Return the step that a test belongs to, from its marker `step`; 0 for an instructor's own, None for others."""
    if item.get_closest_marker("extra"):
        return 0
    marker = item.get_closest_marker("step")
    return int(marker.args[0]) if marker else None


def _place(item: pytest.Item) -> int:
    return item.stash.get(PLACE, 0)


class Recorder:
    """Collects one TestResult for each test of a step; `announce` is called with each as soon as it is known."""

    def __init__(self, announce: Callable[[TestResult], None] = lambda result: None) -> None:
        self.collected: list[str] = []
        self._results: list[tuple[int, TestResult]] = []
        self._announce = announce
        self._reports: list[pytest.TestReport] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which tests will run, so that a missing result is noticed."""
        items = [item for item in session.items if step_number(item) is not None]
        self.collected = [test_id(item) for item in sorted(items, key=_place)]

    @property
    def results(self) -> list[TestResult]:
        """What is known so far, in the order of the files."""
        return [result for _, result in sorted(self._results, key=lambda found: found[0])]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Gather the reports of a test's three phases into one result."""
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
        """Say last, for a program that was named by --app, how far each step is and what to do next."""
        yield
        if config.getoption("--app") is not None and self.results:
            terminalreporter.section("steps")
            for line in summary(self.results):
                terminalreporter.write_line(line)

    def _result(self, item: pytest.Item, number: int) -> TestResult:
        marks = worth(item)
        status, message = "passed", ""
        for report in self._reports:
            if report.skipped and status == "passed":
                status, message = "skipped", _skip_reason(report)
            elif report.failed and status in ("passed", "skipped"):
                broken = isinstance(report.longrepr, str)  # what the plugin makes of a ContractBroken
                status = "failed" if broken else "error"
                message = report.longrepr if isinstance(report.longrepr, str) else report.longreprtext
        score = marks if status == "passed" else 0
        hidden = number == 0 and item.get_closest_marker("shown") is None
        return TestResult(test_id(item), number, status, tidy(score), tidy(marks), message[:_LONGEST], hidden)


def _skip_reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)
