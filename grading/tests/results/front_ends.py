"""What each front end says of a result: `grade check`, `grade watch`, a notebook and the page of `grade ui`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from grading.checking.checked_file import checked_file
from grading.checking.screen import Screen
from grading.commands import cli
from grading.notebooks import checking
from grading.results.result import Result, make_result
from grading.ui.app import State

FrontEnd = Callable[[Result, Path, pytest.MonkeyPatch], str]


def terminal(result: Result, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Return what `grade check` prints."""
    patch.setattr("grading.checking.check.warm_check", lambda *args, **options: result)
    ran = CliRunner().invoke(cli, ["check", str(folder)], env={"COLUMNS": "200"})
    assert ran.exit_code in (0, 1, 3), ran.output
    return ran.stdout


def watch(result: Result, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Return what `grade watch --plain` prints."""
    screen = Screen(folder, "Checked.")
    screen.take(result, [], checked_file(folder).sentence)
    return screen.as_lines()


def notebook(result: Result, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Return what `check(step)` shows of the first step that is open; it runs that step's tests only."""
    step = next((row.step for row in result.steps if row.status == "failed"), 1)
    alone = make_result([test for test in result.tests if test.step == step], "", 0) if result.graded else result
    patch.setenv("KIT_TARGET", str(folder))
    patch.setattr(checking, "warm_check", lambda folder, step: alone)
    return repr(checking.check(step))


def page(result: Result, folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Return what the page's script shows of the state that it gets: its first message, the ladder and the file."""
    checker = SimpleNamespace(result=result, number=1, doing="", checked=None, seconds=0.0, news=[])
    app = SimpleNamespace(state="stopped", url="", lines=[], weather=None)
    state: Any = json.loads(json.dumps(State(folder, checker, app)()))  # type: ignore[arg-type]
    shown = state["page"]
    file = state["file"]
    lines = [f"{file['path']}, saved at {file['saved']}", file["warning"]]
    lines += [f"{row['title']} {row['sign']} {row['state']}" for row in shown["rows"]]
    if not shown["messages"]:
        return "\n".join([*lines, shown["reason"], shown["done"]])
    first = shown["messages"][0]
    return "\n".join([*lines, *(f"{label}: {text}" for label, text in first["parts"]), first["often"]])


FRONT_ENDS: dict[str, FrontEnd] = {"check": terminal, "watch": watch, "notebook": notebook, "page": page}


def words(text: str) -> str:
    """Return a text without line breaks and columns, which differ."""
    return " ".join(text.split())
