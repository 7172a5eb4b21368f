"""Students' frequent mistakes, each in a whole program: every front end names the cause and says what to do next."""

from __future__ import annotations

import re
import tomllib
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from grading import KIT
from grading.judging.grade import grade_here
from grading.maintain import misconception_data
from grading.maintain.misconception_data import edited
from grading.results.misconceptions import nearest
from grading.results.result import Result
from grading.results.view import view
from grading.tests.results.front_ends import FRONT_ENDS, words

DATA = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8"))


class Checked(NamedTuple):
    """A program, and what the suite says of it, soon."""

    folder: Path
    result: Future[Result]


@pytest.fixture(autouse=True)
def own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_STATE", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def checked(
    request: pytest.FixtureRequest, start_marking: misconception_data.Mark, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Checked]:
    """Begin to run the suite on all programs at once, and return by name where each is and what is said of it."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    rows: list[Any] = [item.callspec.params["row"] for item in items if "checked" in item.fixturenames]
    folders = {row["name"]: write(row, tmp_path_factory.mktemp("mistake")) for row in rows}
    return {name: Checked(folder, start_marking(folder)) for name, folder in folders.items()}


def write(row: dict[str, Any], folder: Path) -> Path:
    """Write the program with this mistake, and return its folder."""
    text = row["text"] if "text" in row else edited(DATA["programs"][row["in"]], row["edits"])
    (folder / "main.py").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("row", DATA["mistake"], ids=lambda row: row["name"].replace(" ", "-"))
def test_every_front_end_names_the_cause_and_the_next_step(
    row: dict[str, Any], checked: dict[str, Checked], monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec(row.get("absent", "no_such_package")):
        pytest.skip("this package is installed here")
    folder, tests = checked[row["name"]]
    result = grade_here(folder, suite=lambda *_, **__: list(tests.result(600).tests))
    seen = view(result, nearest(result))
    parts = seen.messages[0].parts if seen.messages else [("", seen.reason)]
    states = {f"{step.sign} {step.state}" for step in seen.rows if seen.messages and step.step == seen.messages[0].step}
    for name, front_end in FRONT_ENDS.items():
        shown = words(front_end(result, folder, monkeypatch))
        for part in ("cause", "next"):
            assert words(row[part]) in shown, f"{name} lacks the {part}:\n{shown}"
        for label, text in parts:
            assert words(f"{label}: {text}" if label else text) in shown, name
        for state in states if name != "watch" else ():  # there it is on the ladder, above
            assert state in shown, name
        assert re.search(r"main\.py, saved at \d\d:\d\d:\d\d", shown), name


def test_the_pages_script_shows_all_that_was_looked_for() -> None:
    script = (KIT / "grading" / "ui" / "page" / "page.js").read_text(encoding="utf-8")
    for shown in (
        "message.parts",
        "message.often",
        "page.reason",
        "file.saved",
        "file.warning",
        "row.sign",
        "row.state",
    ):
        assert re.search(rf"\b{re.escape(shown)}\b", script), shown
