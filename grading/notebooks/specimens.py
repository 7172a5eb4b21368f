"""Which broken programs do a learner's own tests catch? And do they accept correct ones, however written?

The programs are specimens of the gallery. pytest runs the tests beside each of them, all in one process, which
is not the learner's kernel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from grading import KIT
from grading.notebooks.panel import Panel, Paragraph, Table

GALLERY = KIT / "grading" / "gallery"
CORRECT = {
    "sync_completion": "plain def instead of async def",
    "system_prompt": "puts a system prompt before the message",
    "plain_starlette": "written without FastAPI",
}
BROKEN = {
    "answer_stripped": "strips white space off the model's text",
    "asks_twice": "asks the model twice for one request",
    "blank_accepted": "accepts a message of spaces only",
    "limit_off_by_one": "is wrong by one about the longest message",
    "exception_text_500": "answers with the text of the exception",
    "empty_is_an_answer": "takes an empty text for an answer",
}
DEADLINE = 90.0
"""Seconds for all of it; the solution's tests need about six."""


@dataclass(frozen=True)
class Verdict:
    """What the tests said of one specimen: how many ran, how many of them failed."""

    ran: int
    failed: int


class TestsDidNotRun(Exception):
    """pytest came to no end; the text says why, in a sentence."""


def verdicts(test_file: Path) -> dict[str, Verdict]:
    """Run `test_file` as the test_main.py of every specimen. Raises TestsDidNotRun, and OSError without a file."""
    with tempfile.TemporaryDirectory(prefix="own-tests-") as scratch:
        names = [*CORRECT, *BROKEN]
        for name in names:
            kind = "correct" if name in CORRECT else "wrong"
            shutil.copytree(GALLERY / kind / name, Path(scratch, name))
            shutil.copyfile(test_file, Path(scratch, name, "test_main.py"))
        report = Path(scratch, "report.xml")
        settings = ["-c", str(KIT / "pyproject.toml"), "--rootdir", scratch, "--disable-plugin-autoload"]
        quiet = ["-p", "no:cacheprovider", "-q", f"--junit-xml={report}", "-o", "junit_logging=no"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        try:
            subprocess.run(
                [sys.executable, "-m", "pytest", *settings, *quiet, *names],
                cwd=scratch,
                env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=DEADLINE,
                check=False,
            )
            cases = list(ElementTree.parse(report).getroot().iter("testcase"))
        except subprocess.TimeoutExpired:
            raise TestsDidNotRun(f"The tests did not end within {DEADLINE:g} seconds.") from None
        except (OSError, ElementTree.ParseError):
            raise TestsDidNotRun("pytest ended without a report.") from None
    found: dict[str, list[bool]] = {name: [] for name in names}
    for case in cases:
        where = [*case.get("classname", "").split("."), *case.get("name", "").split(".")]
        failed = any(case.find(kind) is not None for kind in ("failure", "error"))
        found.get(next((part for part in where if part in found), ""), []).append(failed)
    return {name: Verdict(len(failures), sum(failures)) for name, failures in found.items()}


def check_own_tests(folder: Path, heading: str) -> Panel:
    """Say how good the test_main.py of `folder` is."""
    test_file = folder / "test_main.py"
    if not test_file.is_file():
        return Panel(f"{heading}: ✗ not yet", (Paragraph(f"There is no test_main.py in {folder.name}."),), False)
    try:
        return _panel(verdicts(test_file), heading)
    except TestsDidNotRun as problem:
        return Panel(f"{heading}: not checked", (Paragraph(str(problem)),), False)
    except OSError:
        told = "The programs to try them on are not in this copy of the kit. Run them: pytest starter/test_main.py"
        return Panel(f"{heading}: not checked", (Paragraph(told),), False)


def which_are_caught(tests: str) -> Panel:
    """Say which broken programs the tests in this text catch."""
    with tempfile.TemporaryDirectory(prefix="own-tests-") as scratch:
        Path(scratch, "test_main.py").write_text(tests, encoding="utf-8")
        return check_own_tests(Path(scratch), "These tests")


def _panel(found: dict[str, Verdict], heading: str) -> Panel:
    if not any(verdict.ran for verdict in found.values()):
        return Panel(f"{heading}: ✗ not yet", (Paragraph("There is no test in test_main.py."),), False)
    accepted = sum(not found[name].failed for name in CORRECT)
    caught = sum(bool(found[name].failed) for name in BROKEN)
    rows = [
        (kind, about[name], yes if bool(found[name].failed) == broken else no)
        for kind, about, broken, yes, no in (
            ("correct", CORRECT, False, "✓ accepted", "✗ refused, but it is right"),
            ("broken", BROKEN, True, "✓ caught", "✗ not caught"),
        )
        for name in about
    ]
    done = accepted == len(CORRECT) and caught == len(BROKEN)
    sign = "✓ done" if done else "✗ not yet"
    counts = f"{caught} of {len(BROKEN)} broken programs caught, {accepted} of {len(CORRECT)} correct ones accepted"
    return Panel(f"{heading}: {sign} ({counts})", (Table(("program", "what it does", "your tests"), rows),), done)
