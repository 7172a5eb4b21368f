"""Keeping the app from one test to the next saves time and changes no mark: what fails is judged on a new app."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grading.judging.grader import Grader
from grading.results.steps import STEPS
from grading.tests.conftest import Mark
from grading.tests.programs import write

COUNTING = """
import os
import litellm
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
seen = []


class UserInput(BaseModel):
    message: str


class Answer(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Answer:
    seen.append(user_input.message)
    {fault}
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{{"role": "user", "content": user_input.message}}], timeout=30
    )
    return Answer(response=completion.choices[0].message.content)
"""

FULL = "sys.kept = getattr(sys, 'kept', []); sys.kept.append(b'x' * 40_000_000)"
# From the second app of a process on, the first request ends it.
WORN = """if len(seen) == 1:
        sys.apps = getattr(sys, "apps", 0) + 1
        if sys.apps > 1: os._exit(3)"""


def marks(result: object) -> dict[str, str]:
    return {test.id: test.status for test in result.tests}  # type: ignore[attr-defined]


@pytest.mark.parametrize("limit", [25, 30])
def test_a_program_that_wears_out_is_judged_as_if_it_were_new(tmp_path: Path, mark: Mark, limit: int) -> None:
    """It fails from its 25th (30th) good request on, more than any one test of these steps sends."""
    (tmp_path / "good").mkdir()
    (tmp_path / "worn").mkdir()
    good = mark(write(tmp_path / "good", COUNTING.format(fault="")))
    worn = mark(write(tmp_path / "worn", COUNTING.format(fault=f"assert len(seen) < {limit}")))
    steps = [row.step for row in good.steps if row.step in (1, 2, 3, 4)]
    assert [row for row in worn.steps if row.step in steps] == [row for row in good.steps if row.step in steps]


def test_a_program_that_fails_at_first_fails_each_test(tmp_path: Path, mark: Mark) -> None:
    result = mark(write(tmp_path, COUNTING.format(fault="assert len(seen) > 1")))
    assert marks(result)["test_step_04_answer::test_the_answer_is_the_models_text"] == "skipped"  # step 3 comes first
    assert marks(result)["test_step_02_describe_the_input::test_a_good_request_is_accepted"] == "passed"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox, which limits memory")
@pytest.mark.parametrize("fault", [FULL, WORN], ids=["memory", "exit"])
def test_what_an_app_left_in_the_process_costs_the_next_one_nothing(tmp_path: Path, fault: str) -> None:
    """Alone each test passes; together they fill the process's memory, or end it at the request of a new app."""
    program = write(tmp_path, "import sys\n" + COUNTING.format(fault=fault))
    with Grader(1, own_tests=False) as grader:
        for step in STEPS[1:4]:
            assert grader.grade(program, step=step.number).score == step.marks
