"""What can't be read at all is not graded, and the reason is a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import Result as Outcome

from grading.judging.grade import grade_here as grade
from grading.maintain.raw_zip import raw
from grading.results.result import Result
from grading.tests.judging.run_command import hand_in, marked


def assert_not_graded(outcome: Outcome, data: dict[str, Any], *words: str) -> None:
    assert outcome.exit_code == 3
    assert (data["graded"], data["score"], data["bonus"], data["tests"]) == (False, 0, 0, [])
    assert "not graded, 0 of 100" in outcome.output
    assert " ".join(data["reason"].split()) in " ".join(outcome.output.split())
    for word in words:
        assert word in data["reason"]


def test_a_folder_without_main(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "app.py").write_text("app = 1")
    assert_not_graded(*marked(tmp_path / "given", tmp_path), "There is no main.py. Found: 'app.py'.")


def test_a_syntax_error_is_shown_with_line_and_caret(tmp_path: Path) -> None:
    outcome, data = marked(hand_in(tmp_path / "given", "import os\nanswer = 1 +* 2\n"), tmp_path)
    assert_not_graded(outcome, data, "main.py has a syntax error on line 2: ")
    assert "    answer = 1 +* 2\n                ^\n" in data["reason"]
    assert "    answer = 1 +* 2\n                ^\n" in outcome.output


def test_a_program_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "main.py").write_bytes(b"name = 'M\xfcller'\n")
    assert_not_graded(*marked(tmp_path / "given", tmp_path), "main.py can't be read as UTF-8: byte 0xFC", "line 1")


def test_a_broken_zip(tmp_path: Path) -> None:
    (tmp_path / "given.zip").write_bytes(b"PK\x03\x04 and then the connection broke")
    assert_not_graded(*marked(tmp_path / "given.zip", tmp_path), "'given.zip' is not a zip that can be read.")


def test_a_zip_that_leads_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "given.zip").write_bytes(raw([b"main.py", b"../evil.py"]))
    assert_not_graded(*marked(tmp_path / "given.zip", tmp_path), "'../evil.py'", "leads out of the folder")
    assert not list(tmp_path.rglob("evil.py"))


def test_reasons_end_as_sentences_and_are_no_traceback(tmp_path: Path) -> None:
    result: Result = grade(tmp_path / "nothing")
    assert not result.graded
    assert str(result.reason).endswith(".")
    assert "Traceback" not in str(result.reason)
