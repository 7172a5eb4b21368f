"""JUnit XML as pytest 9 writes it (its family xunit2): a suite for the submission, a case for each test.

It is for the instructor's tools: hidden tests are in it. Source: _pytest/junitxml.py, and the schema that it names,
jenkinsci/xunit-plugin's junit-10.xsd.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from grading.results.result import Result, TestResult

_SUMMARY = 500  # characters of an attribute; the element has the whole text
# https://www.w3.org/TR/xml/#charsets
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(name: str, result: Result, timestamp: str) -> str:
    """Return the file for the submission of that name; `timestamp` in ISO 8601 says when it was written."""
    root = ET.Element("testsuites", name="grade")
    root.append(_suite(_legal(name), result, timestamp))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, result: Result, timestamp: str) -> ET.Element:
    tests = result.tests or (TestResult("submission::is_graded", 0, "error", 0, 0, result.reason or "No tests."),)
    counts = {status: sum(test.status == status for test in tests) for status in ("error", "failed", "skipped")}
    suite = ET.Element(
        "testsuite",
        name=name,
        errors=str(counts["error"]),
        failures=str(counts["failed"]),
        skipped=str(counts["skipped"]),
        tests=str(len(tests)),
        time=f"{result.duration_s:.3f}",
        timestamp=timestamp,
        hostname="localhost",
    )
    _add_properties(suite, score=result.score, max_score=result.max_score, bonus=result.bonus)
    suite.extend(_case(test) for test in tests)
    return suite


def _case(test: TestResult) -> ET.Element:
    module, _, name = test.id.partition("::")
    case = ET.Element("testcase", classname=_legal(module), name=_legal(name), time="0.000")
    _add_properties(case, step=test.step, score=test.score, max_score=test.max_score)
    if test.status != "passed":
        message = _legal(test.message)
        tag = {"failed": "failure", "error": "error", "skipped": "skipped"}[test.status]
        problem = ET.SubElement(case, tag, message=message[:_SUMMARY])
        if tag == "skipped":
            problem.set("type", "pytest.skip")
        problem.text = message
    return case


def _add_properties(element: ET.Element, **facts: float) -> None:
    properties = ET.SubElement(element, "properties")
    for fact, value in facts.items():
        ET.SubElement(properties, "property", name=fact, value=f"{value:g}")


def _legal(text: str) -> str:
    """Make visible what XML cannot hold."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)
