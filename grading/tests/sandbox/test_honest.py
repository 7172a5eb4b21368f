"""An honest program finds in the sandbox all that it needs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.intake.submission import open_submission
from grading.sandbox.policy import MEMORY
from grading.tests.sandbox.attacker import POLICY, Attacker, Farm, Field

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")


@pytest.mark.parametrize(
    ("need", "result"),
    [
        ("its own file", "secret"),
        ("threads", 60),
        ("an event loop", [40]),
        ("temporary files", "te"),
        ("random numbers", 16),
        ("its limits", 64),
        ("files it was not given", []),
    ],
)
def test_what_an_honest_program_needs(attacker: Attacker, need: str, result: object) -> None:
    # As much memory as a submission gets: Python 3.13 keeps the stack of a thread that has ended until it is joined.
    answer = attacker(f"honest: {need}", policy={**POLICY, "threads": 256, "memory": MEMORY})
    assert answer["outcome"] == {"got": result}


def test_files_are_inherited_without_the_sandbox(farms: dict[str, Farm], field: Field) -> None:
    """Else having none in it would prove nothing."""
    attacker = Attacker(farms["user"], field, {"without": [], "bare": True})
    assert attacker("honest: files it was not given")["outcome"]["got"]


def test_a_submission_can_be_read(attacker: Attacker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by the sandbox's user, if the grader is root."""
    (tmp_path / "main.py").write_text("app = None")
    monkeypatch.setattr(tempfile, "tempdir", str(attacker.field.place))
    with open_submission(tmp_path) as submission:
        assert attacker("honest: its own file", submission.folder)["outcome"] == {"got": "app = None"}


@pytest.fixture(scope="module")
def warm_farm() -> Iterator[Farm]:
    farm = Farm(0, "warm")
    yield farm
    farm.close()


@pytest.mark.parametrize("without", [[], ["namespaces", "user"]], ids=["all layers", "no namespaces"])
@pytest.mark.parametrize(
    ("need", "result"),
    [
        ("imports", "Europe/Berlin"),
        ("litellm", "one two"),
        ("endpoint", ["AnyIO ", "async"]),
        ("files it was not given", []),
    ],
)
def test_what_a_student_needs(warm_farm: Farm, field: Field, without: list[str], need: str, result: object) -> None:
    """In a child of a process that has imported LiteLLM and FastAPI, with the default limits."""
    answer = Attacker(warm_farm, field, {"without": without, "policy": {}, "python": True})(f"honest: {need}")
    assert answer["outcome"] == {"got": result}
