"""A learner's commands in a notebook: check a step, get a hint, see the answer once it is earned or given up.

Steps that were given up are kept in the learner's folder, in GIVEN_UP; that costs no marks. None of these functions
raises, whatever a learner does: they return a panel with a sentence.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from grading import KIT
from grading.checking.check import warm_check
from grading.checking.checked_file import checked_file
from grading.checking.explain import lines_about, lines_of
from grading.checking.progress import record_check, record_hint
from grading.notebooks.copies import use_the_copy
from grading.notebooks.own_bugs import bugs_caught
from grading.notebooks.panel import Code, Panel, Table
from grading.results.misconceptions import nearest
from grading.results.reading import in_words, marks_in_words
from grading.results.starter import FILES, cut
from grading.results.steps import STEPS, Step, marks_own_tests
from grading.results.steps import step as step_of
from grading.results.view import STATES, view

GIVEN_UP = ".given_up.json"
WORDS = {status: " ".join(STATES["failed" if status == "error" else status]) for status in (*STATES, "error")}

_hints_shown: dict[int, int] = {}
_checked: dict[int, Panel] = {}  # the last check of each step in this kernel


def target() -> Path:
    """Return the learner's folder: the variable KIT_TARGET, else the kit's starter."""
    return Path(os.environ.get("KIT_TARGET") or KIT / "starter")


def spoken(function: Callable[[int], Panel]) -> Callable[[int], Panel]:
    """Wrap a function of a step's number: for a wrong number or file it returns a sentence and does not raise."""

    @functools.wraps(function)
    def panel(step: int) -> Panel:
        try:
            return function(step)
        except KeyError as problem:
            return Panel(str(problem.args[0]))
        except (OSError, ValueError) as problem:
            return Panel(f"A file could not be read or written: {problem}")

    return panel


@spoken
def check(step: int) -> Panel:
    """Run the step's tests on the learner's program; say what works and what to do next."""
    _checked[step] = panel = _check(step_of(step))
    return panel


def _check(row: Step) -> Panel:
    step, heading = row.number, f"Step {row.number}, {row.title}"
    if row.judged == "own-tests" and not marks_own_tests():  # a student's copy of the kit
        return bugs_caught(target())
    result = warm_check(target(), step=step)
    record_check(target(), result)
    seen, read = view(result, nearest(result)), f"Read: {replace(checked_file(target()), path=shown_target()).sentence}"
    read += f" {use_the_copy(Path.cwd())}".rstrip()
    if not result.graded:
        return Panel(f"{heading}: ✗ not checked yet", ("Fix this first:", Code(seen.reason, wrap=True), read), False)
    tests = [test for test in result.tests if test.step == step]
    passed = sum(test.status == "passed" for test in tests)
    found = next(each for each in result.steps if each.step == step)
    now = next(each for each in seen.rows if each.step == step)
    counts = f"{passed} of {len(tests)} tests"
    if row.marks:
        counts += f", {marks_in_words(found.score, row.marks)}"
    rows = [(WORDS[test.status], in_words(test.id)) for test in tests]
    every_test = Table(("", "test"), rows, folded="All tests of this step")
    if not seen.messages:
        done = "Well done!" + after(row)
        return Panel(f"{heading}: {WORDS['passed']} ({counts})", (done, every_test), True)
    file = "test_main.py" if row.judged == "own-tests" else "main.py"
    how = f"Change {shown_target(file)}, save it, and run this cell again. For a hint, run the cell hint({step})."
    first = seen.messages[0]
    often = (first.often,) if first.often else ()
    parts = (Code(first.text, wrap=True), *often, how, every_test, read)
    return Panel(f"{heading}: {now.sign} {now.state} ({counts})", parts, False)


@spoken
def hint(step: int) -> Panel:
    """Show the step's next hint: first a nudge, last nearly the answer, then the first one again."""
    row = step_of(step)
    level = _hints_shown.get(step, 0) % len(row.hints) + 1
    _hints_shown[step] = level
    record_hint(target(), step, level)
    more = f"Run this cell again for hint {level + 1}." if level < len(row.hints) else "That was the last hint."
    text = row.hints[level - 1]
    said: Code | str = Code(text) if "\n" in text else text
    return Panel(f"Step {step}, {row.title}: hint {level} of {len(row.hints)}", (said, more))


@spoken
def show_answer(step: int) -> Panel:
    """Show what the solution adds in this step, if the step is done or was given up."""
    row = step_of(step)
    if step not in _given_up() and not (_checked.get(step) or check(step)).done:
        wait = f"You see it once step {step} is done, or after give_up({step}), which costs no marks."
        return Panel(f"The answer to step {step}: not shown yet", (wait,))
    said = "Yours may look quite different. What counts is what a client sees."
    own = "\n".join(line for _, line in lines_about(target() / FILES[0], step))
    yours = (f"Yours, in {shown_target()}:", Code(own), "The solution's:") if own else ()
    return Panel(f"The answer to step {step}, {row.title}", (*yours, Code(answer(row)), said))


@spoken
def give_up(step: int) -> Panel:
    """Note that the learner wants to see the answer without a finished step."""
    step_of(step)
    numbers = sorted({*_given_up(), step})
    (target() / GIVEN_UP).write_text(json.dumps({"steps": numbers}) + "\n", encoding="utf-8")
    return Panel(f"Noted. Now show_answer({step}) shows the answer. Read it, close it, and write it your own way.")


def answer(row: Step) -> str:
    """Return the solution's lines about this step; without a solution, the step's last hint."""
    lines: list[str] = []
    for name in FILES:
        with contextlib.suppress(FileNotFoundError):  # a student's copy of the kit has no solution
            text = (KIT / "solution" / name).read_text(encoding="utf-8")
            if about := name == FILES[0] and lines_of(cut(text, row.number), row.number):
                return "\n".join(line for _, line in about)
            before, now = (cut(text, number).splitlines() for number in (row.number - 1, row.number))
            lines += difflib.unified_diff(before, now, name, name, n=2, lineterm="")
    return "\n".join(line.rstrip("\n") for line in lines).rstrip() or row.hints[-1]


def after(row: Step) -> str:
    """Say where to go after this step."""
    following = next(iter(STEPS[STEPS.index(row) + 1 :]), None)
    return f" Next: {Path(following.notebook).name}." if following else " That was the last step."


def shown_target(file: str = "main.py") -> str:
    """Return the path of a learner's file from the kit's folder; only its name if it is elsewhere."""
    path = target() / file
    return path.relative_to(KIT).as_posix() if path.is_relative_to(KIT) else path.name


def _given_up() -> list[int]:
    try:
        steps = json.loads((target() / GIVEN_UP).read_text(encoding="utf-8"))["steps"]
        return [number for number in steps if isinstance(number, int)]
    except (OSError, ValueError, KeyError, TypeError):  # not there yet, or damaged
        return []
