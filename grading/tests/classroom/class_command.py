"""Small classes, and `grade class` with a grader that knows all marks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading import KIT
from grading.commands import cli
from grading.judging import grader
from grading.tests.classroom.known_grader import KnownGrader


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[KnownGrader]:
    """Grade by heart. Gives the graders that were started."""
    started: list[KnownGrader] = []

    class Noted(KnownGrader):
        def __enter__(self) -> KnownGrader:
            started.append(self)
            return self

    monkeypatch.setattr(grader, "Grader", Noted)
    return started


def grade_class(*arguments: object, code: int = 0) -> str:
    """Run `grade class`. Returns what it prints."""
    outcome = CliRunner().invoke(cli, ["class", *map(str, arguments)])
    assert outcome.exit_code == code, outcome.output
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    assert "Traceback" not in outcome.output
    return " ".join(outcome.output.split())


def written(out: Path) -> dict[str, bytes]:
    """Return all files but the durations, by name."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "durations.csv")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def a_class(place: Path, programs: dict[str, bytes]) -> Path:
    for name, program in programs.items():
        (place / name).mkdir(parents=True, exist_ok=True)
        (place / name / "main.py").write_bytes(program)
    return place


def started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `grade class` in a process of its own, with the grader that knows all, slowed down."""
    command = [sys.executable, "-m", "grading.tests.classroom.known_grader", "class", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(KIT), "KNOWN_GRADER_DELAY": "0.05", "PYTHONIOENCODING": "utf-8"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    return subprocess.Popen(command, cwd=tmp_path, env=environment, **streams)  # type: ignore[call-overload, no-any-return]


def wait_for_results(out: Path, count: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        if (out / "durations.csv").exists() and len((out / "durations.csv").read_bytes().splitlines()) >= count:
            return
        time.sleep(0.02)
    pytest.fail(f"the process ended too early: {process.communicate()[0]}")
