"""What is left of a canary in a text is found, and nothing else."""

from __future__ import annotations

import pytest

from grading.suite.traces import trace

SECRET = "message-0123456789ab"


@pytest.mark.parametrize(
    "text",
    [SECRET, SECRET.upper(), SECRET[:16], SECRET[-8:], f"asked: {SECRET[10:19].upper()}...", '{"m": "0123456789AB"}'],
)
def test_a_part_in_any_letter_case_is_a_trace(text: str) -> None:
    assert trace(SECRET, text) in text.lower()
    assert len(trace(SECRET, text)) == 8


@pytest.mark.parametrize("text", ["", "message-", "message-0123456 89ab", "ba9876543210", "1234 567 bytes"])
def test_anything_else_is_none(text: str) -> None:
    assert trace(SECRET, text) == ""


def test_no_secret_leaves_no_trace() -> None:
    assert trace("-", "-") == trace("", "anything") == ""
