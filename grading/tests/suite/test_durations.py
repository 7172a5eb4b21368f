"""A line of a log tells how long something took if a number in it can mean that."""

from __future__ import annotations

import re

import pytest

from grading.suite.durations import tells_how_long, tells_outcome_and_time

OUTCOME = re.compile(r"\b200\b")


@pytest.mark.parametrize(
    "line",
    [
        "200 0.012",
        "POST /generate 200 in 3 ms",
        '10.0.0.1:50000 "POST /generate HTTP/1.1" 200 12.5ms',
        "200 0:00:00.012345",
        "200 after 00:00:01",
        "2026-11-29T12:00:05.123Z 200 took=0.01",
        "200 took 12345678 ns",
        "200 PT0.012S",
        "status=200 started=1795953600.25 seconds=0.1",
        "3f0c9c1e-7d0b-4c43-9a52-0f8b7f4ad0aa 200 1s",
    ],
)
def test_a_duration_of_any_form_tells_it(line: str) -> None:
    assert tells_how_long(line, OUTCOME)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "200",
        "took 0.012",
        '10.0.0.1:50000 "POST /generate HTTP/1.1" 200',
        "request #17: 200",
        "200 at 1795953600.123456",
        "200 at 1795953600123",
        "12:00:05,123 200",
        "2026-11-29T12:00:05.123456+00:00 200",
        "2026-11-29 23:59:59 200",
        "3f0c9c1e-7d0b-4c43-9a52-0f8b7f4ad0aa 200",
        "3f0c9c1e7d0b4c439a520f8b7f4ad0aa 200",
    ],
)
def test_what_tells_when_or_which_does_not(line: str) -> None:
    assert not tells_how_long(line, OUTCOME)


@pytest.mark.parametrize("outcome", ["504", "Timeout", "APITimeoutError", "GatewayTimeout", "ModelSlow"])
def test_a_failure_is_told_by_its_status_or_the_class_of_an_error(outcome: str) -> None:
    assert tells_outcome_and_time(f"{outcome} after 0.2 s", 504)
    assert not tells_outcome_and_time("failed after 0.2 s", 504)
    assert not tells_outcome_and_time(f"{outcome}", 504)
