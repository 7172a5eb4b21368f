"""Report a broken contract as its four parts, without the suite's own code around it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grading.harness.recorder import FAILURE, step_number
from grading.results.failure import ContractBroken
from grading.results.steps import step as step_of


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport | None:
    """Make the report of a broken contract. pytest's own would describe the code, which takes as long as the test."""
    if call.excinfo is None or call.when == "collect" or not isinstance(call.excinfo.value, ContractBroken):
        return None
    failure, number = call.excinfo.value.failure, step_number(item)
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
        user_properties=[*item.user_properties, (FAILURE, failure)],
    )
