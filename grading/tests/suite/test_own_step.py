"""A mistake that POST /generate/stream shares with POST /generate costs the step of POST /generate only."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading import KIT
from grading.judging.grader import Grader
from grading.maintain.misconception_data import edited
from grading.tests.programs import write

SOLUTION = (KIT / "solution" / "main.py").read_text(encoding="utf-8")
MESSAGES = 'messages=[{"role": "user", "content": message}]'
ASK = "    return await litellm"
BLANK = "        if not message.strip()"
MISTAKES: dict[str, tuple[int, list[tuple[str, str]]]] = {
    "no time-out": (8, [("        timeout=30,", "        #")]),
    "a wrapped prompt": (3, [('"content": message}', '"content": f"Question: {message}"}')]),
    "asks twice": (
        3,
        [(ASK, f"    await litellm.acompletion(model=MODEL, {MESSAGES}, timeout=30)\n{ASK}")],
    ),
    "a model in the source": (3, [("model=MODEL", 'model="openai/gpt-4o-mini"')]),
    "one history for all": (
        3,
        [
            ("async def ask_model", "history: list[dict[str, str]] = []\n\n\nasync def ask_model"),
            (ASK, f"    history.append({MESSAGES[10:-1]})\n{ASK}"),
            (MESSAGES, "messages=history"),
        ],
    ),
    "no limit": (7, [("len(message) > 4_000", "len(message) > 9_000")]),
    "blank messages": (7, [("if not message.strip()", "if False")]),
    "numbers become text": (
        2,
        [("    message: str\n", "    message: Any\n"), (BLANK, f"        message = str(message)\n{BLANK}")],
    ),
    "the exception's text": (6, [('JSONResponse({"detail": detail}', 'JSONResponse({"detail": str(error)}')]),
}  # fmt: skip


@pytest.mark.parametrize(("step", "edits"), MISTAKES.values(), ids=MISTAKES)
def test_a_shared_mistake_costs_its_own_step(
    grader: Grader, tmp_path: Path, step: int, edits: list[tuple[str, str]]
) -> None:
    result = grader.grade(write(tmp_path, edited(SOLUTION, edits)))
    assert {test.step for test in result.tests if test.status != "passed"} == {step}
