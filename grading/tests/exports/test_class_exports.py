"""`grade export` on the folder of a graded class."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grading.commands import cli
from grading.tests.exports.test_canvas import gradebook
from grading.tests.exports.test_moodle import sheet
from grading.tests.marks import mark


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """A class of two as `grade class` writes it: Zoë is late, Bob's result is lost."""
    folder = tmp_path / "class"
    (folder / "results").mkdir(parents=True)
    zoe = mark("Zoë Łoś", 72.5, {"canvas_user": "11", "moodle_participant": "41"})
    row = {"key": "zoe", "name": "Zoë Łoś", "ids": dict(zoe.entry.ids), "days_late": 1, "late_percent": 20.0}
    bob = {"key": "bob", "name": "Bob", "ids": {"canvas_user": "12"}, "score_after_lateness": None}
    (folder / "summary.json").write_text(json.dumps({"marks": [{**row, "score_after_lateness": 58.0}, bob]}))
    result = replace(zoe.result, duration_s=0)
    (folder / "results" / "zoe.json").write_text(json.dumps(result.as_json()))
    return folder


def export(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["export", str(folder), *arguments])


def test_both_gradebooks_are_filled_and_the_instructors_files_stay(graded: Path, tmp_path: Path) -> None:
    canvas, moodle = tmp_path / "canvas.csv", tmp_path / "moodle.csv"
    canvas.write_bytes(gradebook("", "", "EX", ""))
    moodle.write_bytes(sheet("", "", ""))
    ended = export(graded, "--canvas", str(canvas), "--canvas-column", "71", "--moodle", str(moodle))
    assert ended.exit_code == 0, ended.output
    assert (graded / "canvas.csv").read_bytes() == gradebook("58", "", "EX", "")
    assert (graded / "moodle.csv").read_bytes() == sheet("58", "", "")
    assert canvas.read_bytes() == gradebook("", "", "EX", "")
    assert "not graded, their cell is as it was: Bob (bob)" in ended.output
    again = export(graded, "--canvas", str(graded / "canvas.csv"))
    assert again.exit_code == 2
    assert "Move yours to another place" in again.output


def test_each_submission_gets_its_files(graded: Path) -> None:
    ended = export(graded, "--each", "gradescope", "--each", "junit")
    assert ended.exit_code == 0, ended.output
    assert json.loads((graded / "gradescope" / "zoe.json").read_text())["score"] == 72.5
    assert json.loads((graded / "gradescope" / "bob.json").read_text())["output"].startswith("Not graded.")
    assert 'testsuite name="zoe"' in (graded / "junit" / "zoe.xml").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say what to write"),
        (["--each", "excel"], "There is no format excel"),
        (["--canvas", "missing.csv"], "missing.csv: No such file"),
        (["--moodle", __file__], "no offline grading worksheet"),
    ],
)
def test_what_cannot_be_exported_is_said(graded: Path, arguments: list[str], sentence: str) -> None:
    ended = export(graded, *arguments)
    assert ended.exit_code == 2
    assert sentence in ended.output


@pytest.mark.parametrize("text", ["{", "[]", '{"marks": [{}]}', '{"marks": 3}'])
def test_a_damaged_summary_is_said(graded: Path, text: str) -> None:
    (graded / "summary.json").write_text(text)
    ended = export(graded, "--each", "junit")
    assert ended.exit_code == 2
    assert "summary.json is damaged" in ended.output


def test_a_folder_that_is_no_class_ends_in_a_sentence(tmp_path: Path) -> None:
    ended = export(tmp_path, "--each", "junit")
    assert ended.exit_code == 2
    assert "grade class has not come to its end here" in " ".join(ended.output.split())
