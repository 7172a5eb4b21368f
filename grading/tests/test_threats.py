"""The threat model names tests that exist, and every test of the sandbox."""

from __future__ import annotations

import re

from grading import KIT

THREATS = (KIT / "grading/THREATS.md").read_text(encoding="utf-8")
NO_PROMISE = {"test_where_a_control_group_is_made"}


def test_each_promise_has_a_test_that_exists() -> None:
    named = re.findall(r"`(grading/tests/[\w/]+\.py)(?:::(\w+))?`", THREATS)
    assert len(named) > 15
    for file, test in named:
        assert f"def {test}" in (KIT / file).read_text(encoding="utf-8"), f"{file} has no {test}"


def test_each_attack_on_the_sandbox_is_a_promise() -> None:
    files = sorted((KIT / "grading/tests/sandbox").glob("test_*.py"))
    tests = [name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)]
    assert len(tests) > 15
    assert [name for name in tests if name not in THREATS and name not in NO_PROMISE] == []
