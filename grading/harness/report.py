"""Report a broken contract as its four parts, without the suite's own code around it, and what a test waits for."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from grading.harness.recorder import FAILURE, step_number
from grading.harness.waiting import WAITS_FOR
from grading.results.failure import ContractBroken, Failure
from grading.results.steps import step as step_of

_FAILED = (AssertionError, pytest.fail.Exception)
"""How an instructor's own test may say that the program is wrong."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport | None:
    """Make the report of a broken contract. pytest's own would describe the code, which takes as long as the test."""
    if call.excinfo is None or call.when == "collect":
        return None
    if (waits_for := getattr(call.excinfo.value, WAITS_FOR, None)) is not None:
        item.user_properties.append((WAITS_FOR, waits_for))  # pytest makes the report
        return None
    number = step_number(item)
    if isinstance(call.excinfo.value, ContractBroken):
        failure = call.excinfo.value.failure
    elif number == 0 and call.when == "call" and isinstance(call.excinfo.value, _FAILED):
        failure = _plain_assert(call.excinfo)
    else:
        return None
    if not failure.look_at and number:
        failure = replace(failure, look_at=step_of(number).where)
    return pytest.TestReport(
        item.nodeid,
        item.location,
        dict.fromkeys(item.keywords, 1),
        "failed",
        str(failure),
        call.when,
        duration=call.duration,
        start=call.start,
        stop=call.stop,
        user_properties=[*item.user_properties, (FAILURE, asdict(failure))],
    )


def _plain_assert(error: pytest.ExceptionInfo[BaseException]) -> Failure:
    """Return what an instructor's own `assert` says: the values that pytest shows, and the line."""
    values = str(error.value).removeprefix("assert ") or type(error.value).__name__
    return Failure.of("", values, str(error.traceback[-1].statement).strip(), "")
