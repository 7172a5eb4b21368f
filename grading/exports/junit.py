"""JUnit XML in the flavour that pytest writes (xunit2): a suite for the submission, a case for each test.

It is for the instructor's tools: hidden tests are in it.
"""

from __future__ import annotations

import re

from junitparser import Error, Failure, Skipped
from junitparser.xunit2 import JUnitXml, TestCase, TestSuite

from grading.results.result import Result, TestResult

_SUMMARY = 500  # characters of an attribute; the element has the whole text
_PROBLEMS = {"failed": Failure, "error": Error, "skipped": Skipped}
# https://www.w3.org/TR/xml/#charsets
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(name: str, result: Result, timestamp: str) -> str:
    """Return the file for the submission of that name. timestamp: of its writing, in ISO 8601."""
    tests = result.tests or (TestResult("submission::is_graded", 0, "error", 0, 0, result.reason or "No tests."),)
    suite = TestSuite(_legal(name))
    suite.timestamp, suite.hostname = timestamp, "localhost"
    _add_properties(suite, score=result.score, max_score=result.max_score, bonus=result.bonus)
    suite.add_testcases([_case(test) for test in tests])
    suite.time = result.duration_s
    file = JUnitXml("grade")
    file.add_testsuite(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{file.tostring().decode()}\n'


def _case(test: TestResult) -> TestCase:
    module, _, name = test.id.partition("::")
    case = TestCase(_legal(name), _legal(module), 0)
    _add_properties(case, step=test.step, score=test.score, max_score=test.max_score)
    if test.status != "passed":
        message = _legal(test.message)
        problem = _PROBLEMS[test.status](message[:_SUMMARY], "pytest.skip" if test.status == "skipped" else None)
        problem.text = message
        case.result = problem
    return case


def _add_properties(element: TestSuite | TestCase, **facts: float) -> None:
    for fact, value in facts.items():
        element.add_property(fact, f"{value:g}")


def _legal(text: str) -> str:
    """Escape characters that XML can't hold."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)
