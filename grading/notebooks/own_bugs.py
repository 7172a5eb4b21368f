"""The game of step 9 in a notebook: which bugs in the learner's own program do these tests catch?"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from grading.checking.mutation_game import NotYet, play
from grading.checking.own_tests import NAME
from grading.notebooks.panel import Panel, Table


def bugs_caught(folder: Path, tests: str | None = None) -> Panel:
    """Try the test_main.py of `folder`, or the tests in this text, on small changes of its program."""
    with tempfile.TemporaryDirectory(prefix="game-") as place:
        copy = Path(place) / "program"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        if tests is not None:
            (copy / NAME).write_text(tests, encoding="utf-8")
        try:
            played = play(copy)
        except NotYet as problem:
            return Panel("These tests: ✗ not yet", (str(problem),), False)
    rows = [
        (each.mutant.kind, "✓ caught" if each.caught else "✗ missed", f"{each.file}, line {each.mutant.line}")
        for each in sorted(played, key=lambda each: each.caught)
    ]
    caught = sum(each.caught for each in played)
    done = caught == len(played)
    title = f"These tests: {'✓ done' if done else '✗ not yet'} ({caught} of {len(played)} bugs caught)"
    said = "Each bug is a small change to your own program. Your marks also depend on other programs, with other bugs."
    return Panel(title, (Table(("a program that …", "your tests", "changed"), rows), said), done)
