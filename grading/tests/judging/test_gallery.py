"""Whole example submissions with known truth: correct ones lose nothing, wrong ones lose in the broken step only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grading import KIT
from grading.maintain.gallery import about, all_programs, lacks, programs
from grading.maintain.gallery_table import TABLE, entry
from grading.results.steps import step
from grading.tests.conftest import Mark
from grading.webapp.frameworks import EXTRA


@pytest.mark.parametrize("program", all_programs("correct"), ids=lambda path: path.name)
def test_a_correct_program_gets_full_marks(program: Path, mark: Mark) -> None:
    if missing := lacks(program):
        pytest.skip(missing)
    result = mark(program)
    assert [(test.id, test.message) for test in result.tests if test.status != "passed" and test.step != 10] == []
    assert result.score == result.max_score
    if about(program).get("bonus"):
        assert result.bonus == 10


@pytest.mark.parametrize("program", programs("wrong"), ids=lambda path: path.name)
def test_a_wrong_program_loses_marks_in_the_broken_step_only(program: Path, mark: Mark) -> None:
    result = mark(program)
    broken = set(about(program)["breaks"])
    assert not [test for test in result.tests if test.status == "error"]
    # Step 10 is a bonus that most programs leave out, and step 5 has no marks.
    judged = [row for row in result.steps if row.max_score and (row.step != 10 or 10 in broken)]
    assert {row.step for row in judged if row.score < row.max_score} == broken


def test_each_framework_of_the_extra_has_a_program() -> None:
    assert {about(program).get("package") for program in all_programs("correct")} == {*EXTRA, None}


def test_the_gallery_is_large_and_covers_every_step() -> None:
    assert len(programs("correct")) >= 8
    assert len(programs("wrong")) >= 60
    assert {step for program in programs("wrong") for step in about(program)["breaks"]} >= {1, 2, 3, 4, 6, 7, 8}


@pytest.mark.parametrize("program", programs("wrong"), ids=lambda path: path.name)
def test_a_wrong_program_explains_its_misconception_in_two_sentences_without_blame(program: Path) -> None:
    facts = about(program)
    assert facts.keys() - {"like", "step"} == {"title", "misconception", "breaks", "sees", "explanation", "section"}
    assert facts["misconception"].endswith(".")
    notebook = step(facts.get("step", min(facts["breaks"]))).notebook
    text = (KIT / "notebooks" / "text" / Path(notebook).with_suffix(".md").name).read_text(encoding="utf-8")
    assert f"\n## {facts['section']}\n" in text, notebook
    text = facts["explanation"]
    cause, advice = re.split(r"\. (?=[A-Z])", text)
    # The first goes on after "This often happens when".
    assert not re.match(r"(This|It|You|The|A|When|If)\b", cause)
    assert text.endswith(".")
    assert len(text) <= 250
    assert not re.search(r"\b(you (forgot|failed)|mistake|wrong|should have|student)\b", text, re.IGNORECASE)
    assert advice != cause


@pytest.mark.parametrize("program", programs("wrong"), ids=lambda path: path.name)
def test_the_first_message_is_the_one_that_was_read(program: Path, mark: Mark) -> None:
    """After an intended change, run `python -m grading.maintain.gallery_table` and read the difference."""
    assert entry(program, mark(program).tests) in TABLE.read_text(encoding="utf-8")


def test_the_table_of_messages_has_each_wrong_program_once() -> None:
    headings = [line[3:] for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert headings == [program.name for program in programs("wrong")]
