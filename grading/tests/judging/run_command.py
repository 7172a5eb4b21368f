"""`grade run` on a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner
from typer.testing import Result as Outcome

from grading.commands import cli
from grading.tests.results.test_result import assert_schema_1


def hand_in(folder: Path, program: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(program, encoding="utf-8")
    return folder


def marked(submission: Path, tmp_path: Path) -> tuple[Outcome, dict[str, Any]]:
    """Run `grade run SUBMISSION --json FILE`. Returns how it ended, and the JSON after a check of its schema."""
    file = tmp_path / "result.json"
    outcome = CliRunner().invoke(cli, ["run", str(submission), "--json", str(file)])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert_schema_1(data)
    return outcome, data
