"""What the tests of warm checks share."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from grading.checking import address
from grading.checking.check import warm_check
from grading.results.result import Result

WAIT = 60.0
forks = pytest.mark.skipif(not address.FORKS, reason="here a helper is used once")


def told(result: Result) -> list[tuple[object, ...]]:
    """Return what there is to compare; times differ from run to run."""
    return [(test.id, test.status, test.score, re.sub(r"\d+\.\d+", "", test.message)) for test in result.tests]


def said(folder: Path) -> str:
    """Return the text of the exception that the program's import ends with."""
    message = warm_check(folder, 1).tests[0].message
    found = re.search(r"ValueError: (.*)", message)
    assert found, message
    return found[1]


def until(true: object) -> None:
    end = time.monotonic() + WAIT
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)
