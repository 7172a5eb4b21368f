"""The page says of a result what `grade check` says, word for word."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grading import GALLERY, KIT
from grading.checking.checked_file import checked_file
from grading.results.failure import ContractBroken
from grading.results.misconceptions import nearest
from grading.results.reading import first_open
from grading.results.result import make_result, not_graded
from grading.results.terminal import show_next, show_result
from grading.results.view import ALL_DONE, view
from grading.tests.conftest import Mark
from grading.tests.results.test_result import a_test

PROGRAMS = [KIT / "starter", KIT / "solution", *(GALLERY / "wrong" / name for name in ("blank_accepted", "get_route"))]


def words(text: str) -> str:
    """Return a text without what a terminal does to it: line breaks and columns."""
    return " ".join(text.split())


def terminal(result: object, cause: object) -> str:
    console = Console(file=io.StringIO(), width=200)
    show_result(console, result, "Your program")  # type: ignore[arg-type]
    show_next(console, result, cause)  # type: ignore[arg-type]
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("program", [path for path in PROGRAMS if path.is_dir()], ids=lambda path: path.name)
def test_the_page_and_grade_check_say_the_same(program: Path, mark: Mark) -> None:
    result = mark(program)
    cause = nearest(result)
    page, printed = view(result, cause), terminal(result, cause)
    rows = {
        int(line.split()[0]): words(line)
        for line in printed.splitlines()
        if line.split()[:1][0:1] and line.split()[0].isdigit()
    }
    for row in page.rows:
        count = f" ({row.tests})" if row.tests else ""
        assert rows[row.step].startswith(f"{row.step} {row.title}")
        assert rows[row.step].endswith(words(f"{row.marks} {row.sign} {row.state}{count}"))
    assert page.marks in printed
    test = first_open(result.tests)
    if test is None:
        assert (page.messages, page.done) == ([], ALL_DONE)
        return
    message = page.messages[0]
    assert f"Next: step {message.step}, {message.title}\n{message.objective}" in printed
    for label, text in message.parts:
        assert words(f"{label}: {text}") in words(printed)
    assert words("\n".join(f"{label}: {text}" for label, text in message.parts)) == words(test.message)
    assert (cause is None) == (message.cause == "")
    if message.cause:
        read = f" Read: {message.read}." if message.read else ""
        assert words(f"This often happens when {message.cause}{read}") in words(printed)


def test_a_program_that_cannot_be_read_loses_nothing() -> None:
    page = view(not_graded("main.py has a syntax error on line 3."), None)
    assert (page.graded, page.reason) == (False, "main.py has a syntax error on line 3.")
    assert (page.marks, {row.marks for row in page.rows}) == ("", {""})
    assert {row.state for row in page.rows} == {"not checked now", "not marked here"}


def test_what_only_waits_has_no_message_of_its_own() -> None:
    tests = [a_test(1, "failed"), *(replace(a_test(n, "skipped"), waits_for=1) for n in (2, 3, 4))]
    page = view(make_result(tests, "", 0), None)
    assert [message.step for message in page.messages] == [1]
    assert [row.state for row in page.rows[:2]] == ["not yet", "not checked yet: step 1 comes first"]


def test_a_message_is_in_parts_where_it_has_parts() -> None:
    failure = ContractBroken('POST /generate {"message":"x"}', "500\nmain.py, line 3: KeyError", "", "step 3").failure
    tests = [replace(a_test(1, "failed"), failure=failure), replace(a_test(2, "error"), message="Our own fault.")]
    page = view(make_result(tests, "", 0), None)
    assert [message.parts for message in page.messages] == [
        [
            ("sent", 'POST /generate {"message":"x"}'),
            ("came back", "500\nmain.py, line 3: KeyError"),
            ("look at", "step 3"),
        ],
        [("", "Our own fault.")],
    ]


def test_the_file_that_was_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    assert (checked_file(tmp_path).saved, checked_file(tmp_path).untouched) == ("", False)
    file.write_bytes(
        (KIT / "starter" / "main.py").read_bytes() if not (KIT / "solution").exists() else b'"""Doc."""\n# TODO 1\n'
    )
    assert checked_file(tmp_path).untouched
    file.write_text("app = 1\n")
    named = checked_file(tmp_path)
    assert (named.path, named.untouched, len(named.saved)) == (str(file), False, len("14:05:10"))
    file.write_text("app = (\n")
    assert not checked_file(tmp_path).untouched


def test_openais_own_client_in_place_of_litellm_is_said(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_text("from openai import OpenAI\nclient = OpenAI()\n")
    assert checked_file(tmp_path).sentence.endswith("call LiteLLM in its place (step 3).")
    file.write_text("import litellm\nfrom openai import OpenAI\nclient = OpenAI()\n")
    assert "LiteLLM" not in checked_file(tmp_path).sentence
    file.write_text("from openai import OpenAI\nclient = OpenAI()\n")
    (tmp_path / "llm.py").write_text("import litellm\n")
    assert "LiteLLM" not in checked_file(tmp_path).sentence
