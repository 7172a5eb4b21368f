"""Judge's side. Say why a file gets no marks, in the kit's words and the file's own.

What a test says of a program may quote the program. A message with that would show, a hand-in at a time, what the known
programs look like. So nothing is told but what stands in the file: which test, which line, which misspelled name.
"""

from __future__ import annotations

import re
from typing import NoReturn

from grading.harness.own_tests import NO_FIXTURE
from grading.judging.student_tests.verdict import Verdict
from grading.results.assignment import ASSIGNMENT
from grading.text import shown

NAME = ASSIGNMENT.own_tests
_SLIPS = {
    r"fixture '(\w+)' not found": NO_FIXTURE,
    r"NameError: name '(\w+)' is not defined": "NameError: there is no name '{}'",
    r"^AttributeError: .*has no attribute '(\w+)'": "AttributeError: there is no '{}'",
    r"ModuleNotFoundError: No module named '([\w.]+)'": "ModuleNotFoundError: there is no module '{}'",
    r"ImportError: cannot import name '(\w+)'": "ImportError: there is no '{}' to import",
    r"^TypeError: .*\bunexpected keyword argument '(\w+)'": "TypeError: there is no argument '{}'",
}
"""Errors that are the test's own, and what to say with the name in them.

Where a pattern has `.*` it begins at a line's start: otherwise a hostile text makes it take quadratic time.
"""
_OWN_ERROR = re.compile(r"^(?:\w+\.)*((?:Attribute|Name|Type|Import|ModuleNotFound|Syntax|Indentation)Error)\b", re.M)
_LONGEST = 160  # characters of a line


class Rejected(Exception):
    """The file gets no marks; the two parts say what came back and what was expected."""


def reject_lost(budget: float) -> NoReturn:
    """Say that a run gave no verdict, or that all together took longer than `budget` seconds."""
    raise Rejected(
        "no result: your tests did not finish",
        f"tests that end by themselves, within some seconds, and within {budget:g} on all programs together: "
        "no endless loop, no sleep(), no exit()",
    )


def reject(first: Verdict, again: Verdict | None, source: str) -> NoReturn:
    """Say why a program was not accepted in a first run; `again` is a second one. A broken one was accepted then."""
    words = set(re.findall(r"[\w.]+", source)) | set(re.findall(r"\w+", source))
    test, line, slip = _test(first.failed, words), _line(first.line, source), _slip(first.said, words)
    if again is not None and again.green:
        raise Rejected(
            f"different verdicts on one and the same program: {test} failed once and passed once",
            "tests that say the same each time: no random values, no clock",
        )
    if not first.loaded:
        told = f" {slip}." if slip else ""
        raise Rejected(f"{NAME} cannot be imported.{told}{line}", "a file that runs on its own, with pytest only")
    if not first.failed:
        raise Rejected(f"no test passed: there is none in {NAME}, or all are skipped", "at least one test that passes")
    raise Rejected(
        f"{test} fails on a correct program.{f' {slip}.' if slip else ''}{line}",
        "tests without a slip of their own: is each name spelled as the handout spells it?"
        if slip
        else "tests that ask for what the handout promises and no more: other programs are right, too",
    )


def _test(name: str, words: set[str]) -> str:
    """Return the name of a test if it stands in the file, with its case if that has a plain name."""
    function, _, case = name.removesuffix("]").partition("[")
    if not words.issuperset(function.split("::")):
        return "a test"
    plain = case in words or re.sub(r"\d{1,3}$", "", case) in words
    return f"{function}[{case}]" if case and plain else function


def _line(number: int, source: str) -> str:
    lines = source.splitlines()
    if not 0 < number <= len(lines):
        return ""
    return f" Line {number}: {shown(lines[number - 1].strip(), _LONGEST)}"


def _slip(said: str, words: set[str]) -> str:
    for pattern, told in _SLIPS.items():
        found = re.search(pattern, said, re.MULTILINE)
        if found and found[1] in words:
            return told.format(found[1])
    found = _OWN_ERROR.search(said)
    return found[1] if found else ""
