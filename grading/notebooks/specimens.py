"""Which broken programs does a learner's own test catch? And does it accept correct ones, however written?

The programs are in the gallery; those on which step 9 is judged are others. What runs the tests is kept for the next
cell, because it takes seconds to start; it is not the kernel, so the tests can do no harm there.
"""

from __future__ import annotations

import atexit
import json
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from grading import GALLERY
from grading.judging.student_tests.reasons import NAME
from grading.judging.student_tests.runs import COLD_BUDGET, here
from grading.judging.student_tests.scoring import Run
from grading.judging.student_tests.verdict import Verdict
from grading.notebooks.checking import target
from grading.notebooks.own_bugs import bugs_caught
from grading.notebooks.panel import Panel, Table
from grading.results.steps import marks_own_tests

CORRECT = {
    "bonus_sync": "plain def instead of async def",
    "system_prompt": "puts a system prompt before the message",
    "plain_starlette": "written without FastAPI",
}
BROKEN = {
    "answer_stripped": "strips whitespace from the model's text",
    "asks_twice": "calls the model twice for one request",
    "blank_accepted": "accepts a message of whitespace",
    "limit_off_by_one": "rejects a message of exactly 4,000 characters",
    "exception_text_500": "shows the provider's own error message to everybody",
    "none_as_text": "returns a null text as an answer",
}
_open = ExitStack()
atexit.register(_open.close)


def which_are_caught(tests: str) -> Panel:
    """Say which broken programs the tests in this text catch; in a student's copy, which bugs in their own program."""
    if not marks_own_tests():
        return bugs_caught(target(), tests)
    file, run = _runner()
    file.write_text(tests, encoding="utf-8")
    try:
        correct = {name: _verdict(run, GALLERY / "correct" / name) for name in CORRECT}
        broken = {name: _verdict(run, GALLERY / "wrong" / name) for name in BROKEN}
    except ValueError:
        return Panel("These tests: not checked", ("They did not finish.",), False)
    one = next(iter(correct.values()))
    if not one.passed and not one.failed:
        return Panel("These tests: ✗ not yet", (one.said or "There is no test in them.",), False)
    return _panel(correct, broken)


def _verdict(run: Run, program: Path) -> Verdict:
    """Run the tests on one program. Raises ValueError if they did not finish."""
    return Verdict(**json.loads(run(program, COLD_BUDGET)))


def _panel(correct: dict[str, Verdict], broken: dict[str, Verdict]) -> Panel:
    accepted = [name for name, verdict in correct.items() if verdict.green]
    caught = [name for name, verdict in broken.items() if not verdict.green]
    rows = [
        ("correct", CORRECT[n], "✓ accepted" if n in accepted else "✗ rejected, but it is correct") for n in correct
    ]
    rows += [("broken", BROKEN[n], "✓ caught" if n in caught else "✗ not caught") for n in broken]
    counts = f"{len(caught)} of {len(broken)} broken programs caught"
    counts += f", {len(accepted)} of {len(correct)} correct ones accepted"
    done = len(accepted) == len(correct) and len(caught) == len(broken)
    title = f"These tests: {'✓ done' if done else '✗ not yet'} ({counts})"
    return Panel(title, (Table(("program", "what it does", "your tests"), rows),), done)


@cache
def _runner() -> tuple[Path, Run]:
    """Return the file that is run, and what runs it on a program."""
    folder = Path(_open.enter_context(tempfile.TemporaryDirectory(prefix="own-tests-")))
    return folder / NAME, _open.enter_context(here(folder))
