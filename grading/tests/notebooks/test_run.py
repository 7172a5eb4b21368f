"""Every notebook runs from top to bottom, offline, without a key: with the solution, the starter, and on a walk."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.notebooks.copies import make_copies
from grading.notebooks.lab import FIRST
from grading.results.starter import FILES, cut
from grading.results.steps import STEPS
from grading.tests.notebooks.clones import Clone, repository, save_as_jupyterlab
from grading.tests.notebooks.runs import ALL, PLANTED, Learner, text_of, verdicts, watched_learner

# What the notebooks' own sentences and folded answers promise that their cells put out.
PROMISED = {
    "00": ["You have everything you need."],
    "01": ["/openapi.json\n/docs\n/docs/oauth2-redirect\n/redoc", "/translate 404", "no 'MY_SECRET_KEY'\nFalse"],
    "02": ["rejected: {} -", "rejected: {'text': 5}", "accepted: text='Hi'", "422 'not JSON'", "GET 405", "DELETE 405"],
    "03": [
        "litellm.load_model: does not exist",
        "litellm.acompletion: exists",
        "anthropic - claude-haiku-4-5 - Bonjour !",
        "1 message: What is my name?",
        "coroutine - requests so far: 0",
        "ModelResponse - requests so far: 1",
        "The small model is not on this computer yet.",
    ],
    "04": ['{"translation":"Bonjour !\\n  Ça va ?\\n"}', "500", "True"],
    "05": ["422 when the type is None", "422 when the type is application/x-www", "200 when the", "ConnectionError"],
    "06": [
        "500 litellm.AuthenticationError",
        "key sk-secret-",
        "Timeout                      408  True",
        "no connection        InternalServerError",
        "openai     ContextWindowExceededError\nanthropic  ContextWindowExceededError\n"
        "groq       ContextWindowExceededError\nmistral    BadRequestError\nxai        BadRequestError",
        "openai     throttled  RateLimitError\nopenai     quota      RateLimitError\n"
        "anthropic  quota      BadRequestError",
        "openai     key        AuthenticationError\nxai        key        BadRequestError",
        "RateLimitError after 2 seconds",
        "False\nTrue\nTrue",
        "0 '(no choices)'\n1 None\n1 ''",
        "504 {",
        "500 Internal Server Error - requests to the model: 1",
    ],
    "07": [
        "422 Value error",
        "0 requests to the model",
        "語: 4,000 characters, 12,000 bytes",
        "Accepted, although",
        "rejects '?'",
    ],
    "08": [
        "['Good night!', 'Good night!']",
        "by default: 600.0 seconds",
        "with timeout=30: 30.0 seconds",
    ],
    "09": ["0 of 6 broken programs caught, 3 of 3", "3 of 6 broken programs caught, 3 of 3", "0 of 3 correct ones"],
    "10": [
        "{'level': 'INFO'}",
        "{'alive': True} - requests to the model: 0",
        "'Guten'",
        "data: [DONE]",
        "$0.00040",
        "broken off: ",
        "error   openrouter/openai/gpt-5-nano  broken off: ValueError\n"
        "error   cohere_chat/command-r-plus    data: [DONE]\n",
        "lost    cohere_chat/command-r-plus    broken off: MidStreamFallbackError\n",
        "silent  openai/gpt-5-nano             broken off: Timeout\n",
        "ends    openai/gpt-5-nano             broken off: MidStreamFallbackError\n"
        "ends    openrouter/openai/gpt-5-nano  broken off: MidStreamFallbackError\n"
        "ends    cohere_chat/command-r-plus    data: [DONE]",
    ],
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    with watched_learner(tmp_path_factory.mktemp("learner")) as learner:
        yield learner


@pytest.fixture
def learner(watched: Learner) -> Iterator[Learner]:
    """A learner with the starter. Afterwards, nobody but this computer was asked for anything."""
    shutil.rmtree(watched.target, ignore_errors=True)
    shutil.copytree(KIT / "starter", watched.target)
    (watched.target / ".env").write_text(f"OPENAI_API_KEY=sk-{PLANTED}\n", encoding="utf-8")
    yield watched
    assert watched.contacts() == ""


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_with_the_solution_every_check_is_done_and_the_text_is_right(learner: Learner, path: Path) -> None:
    shutil.copytree(KIT / "solution", learner.target, dirs_exist_ok=True)
    notebook = learner.run(path)
    assert [": ✓ done" in verdict for verdict in verdicts(notebook)] == [True]
    said = text_of(notebook)
    assert [promise for promise in PROMISED[path.name[:2]] if promise not in said] == []
    assert PLANTED not in said
    assert "Traceback" not in said
    if path.name.startswith("08"):
        assert_that_blocking_is_seen(notebook)


def assert_that_blocking_is_seen(notebook: Any) -> None:
    """Blocked, five calls of 0.4 s take 2 s at least; otherwise they overlap."""
    plain = [o.data["text/plain"] for c in notebook.cells for o in c.get("outputs", ()) if "data" in o]
    ends = [max(map(float, re.findall(r"(\d\.\d\d) s$", text, re.MULTILINE))) for text in plain if "request 5" in text]
    assert len(ends) == 3
    assert ends[0] >= 2.0 > max(ends[1:])


def test_with_the_bare_starter_nothing_raises_and_checks_say_not_yet(learner: Learner) -> None:
    for path in random.sample(ALL, len(ALL)):  # none may lean on another one
        notebook = learner.run(path)
        assert ["✗ not yet" in verdict or "· not checked yet" in verdict for verdict in verdicts(notebook)] == [True]
        said = text_of(notebook)
        assert "not shown yet" in said
        assert "Traceback" not in said
        assert PLANTED not in said
    assert not list(learner.target.glob(".given_up*"))


def test_a_learner_who_fills_in_one_todo_after_the_other_sees_one_check_after_the_other_turn(learner: Learner) -> None:
    for step in STEPS:
        for name in FILES:
            source = (KIT / "solution" / name).read_text(encoding="utf-8")
            (learner.target / name).write_text(cut(source, step.number), encoding="utf-8")
        notebook = learner.run(KIT / step.notebook)
        assert [": ✓ done" in verdict for verdict in verdicts(notebook)] == [True], step.title
        assert f"The answer to step {step.number}, " in text_of(notebook)
        assert PLANTED not in text_of(notebook)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_running_one_in_a_clone_changes_no_tracked_file_and_a_pull_succeeds(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = repository(tmp_path / "ours", monkeypatch)
    ours.git("clone", "-q", str(ours.kit), str(tmp_path / "students"))
    students = Clone(tmp_path / "students")
    tracked = {path: path.read_bytes() for path in (students.kit / "notebooks").glob("*.ipynb")}
    make_copies(students.kit)
    copy = students.kit / FIRST
    save_as_jupyterlab(learner.run(copy), copy)
    assert "The answer to step 1: not shown yet" in copy.read_text(encoding="utf-8")
    assert {path: path.read_bytes() for path in tracked} == tracked
    assert students.git("status", "--porcelain") == ""
    for path in (ours.kit / "notebooks").glob("*.ipynb"):
        path.write_text(path.read_text(encoding="utf-8").replace("Recap", "In short"), encoding="utf-8")
    ours.commit()
    students.git("pull", "-q", "--ff-only")
    [moved] = make_copies(students.kit)
    assert moved.startswith("00_start_here.ipynb has a new version. Yours is now my_notebooks/older/")
    assert students.git("status", "--porcelain") == ""
