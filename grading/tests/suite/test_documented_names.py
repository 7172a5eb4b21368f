"""Another path or another field costs step 2 only; what can't be observed because of a step is not checked yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from grading import GALLERY
from grading.results.result import Result
from grading.suite.documented_names import CONTRACT, Names, documented_names, rewriting
from grading.tests.conftest import Mark
from grading.tests.programs import write

GOOD = (GALLERY / "correct" / "own_retries" / "main.py").read_text(encoding="utf-8")
FIELD = (("message: str = Field", "prompt: str = Field"), ("user_input.message", "user_input.prompt"))
SECOND_ROUTE = '\n\n@app.post("/echo")\nasync def echo(user_input: UserInput):\n    return {}\n'


def program(folder: Path, *edits: tuple[str, str], more: str = "") -> Path:
    text = GOOD
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    return write(folder, text + more)


def lost(result: Result) -> dict[int, str]:
    return {row.step: row.status for row in result.steps if row.max_score and row.score < row.max_score}


@pytest.mark.parametrize(
    "edits",
    [
        [('"/generate"', '"/chat"')],
        [('"/generate"', '"/generate/"')],
        FIELD,
        [('"/generate"', '"/api/v1/ask"'), *FIELD],
    ],
    ids=["path", "slash", "field", "both"],
)
def test_other_names_cost_step_2_only(edits: list[tuple[str, str]], tmp_path: Path, mark: Mark) -> None:
    result = mark(program(tmp_path / "program", *edits))
    assert lost(result) == {2: "failed", 10: "failed"}
    assert [test.step for test in result.tests if test.status == "skipped"] == []
    assert [row.status for row in result.steps if row.step == 5] == ["passed"]


def test_names_that_nobody_can_tell_are_not_checked_yet(tmp_path: Path, mark: Mark) -> None:
    result = mark(program(tmp_path / "program", ('"/generate"', '"/chat"'), more=SECOND_ROUTE))
    states = lost(result)
    assert {states.pop(2), states.pop(10)} == {"failed"}
    assert states == dict.fromkeys((3, 4, 6, 7, 8), "skipped")
    said = {test.waits_for for test in result.tests if test.status == "skipped"}
    assert said == {2}


def test_without_a_call_later_steps_are_not_checked_yet(tmp_path: Path, mark: Mark) -> None:
    edit = ("completion = await ask(user_input.message)", 'return {"response": "Hello"}')
    result = mark(program(tmp_path / "program", edit))
    failed = {test.step for test in result.tests if test.status == "failed"}
    assert failed == {3, 10}
    said = {(test.step, test.waits_for) for test in result.tests if test.status == "skipped"}
    assert said == {(step, 3) for step in (4, 5, 6, 8)}


def route(*fields: str, required: bool = True) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    schema |= {"required": list(fields)} if required else {}
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({"/chat": route("prompt")}, Names("/chat", "prompt")),
        ({"/generate": route("message"), "/chat": route("prompt")}, None),
        ({"/generate": route("prompt"), "/chat": route("prompt")}, Names("/generate", "prompt")),
        ({"/chat": route("prompt"), "/chat/stream": route("prompt")}, Names("/chat", "prompt")),
        ({"/chat": route("prompt"), "/ask": route("prompt")}, None),
        ({"/chat": route("prompt", "model")}, None),
        ({"/chat": route("prompt", required=False)}, None),
        ({"/chat/{user}": route("prompt")}, None),
        ({"/chat": {"get": {}}}, None),
        ({"/chat": 5, "/ask": {"post": [1]}}, None),
        (5, None),
    ],
)
def test_the_one_route_that_takes_one_string(paths: object, expected: Names | None) -> None:
    assert documented_names({"paths": paths}) == expected
    assert Names("/generate", "message") == CONTRACT


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("\x00\n/a?b#c", "prompt"),
        ("/a\n", "prompt"),
        ("/a?b", "prompt"),
        ("/a#b", "prompt"),
        ("chat", "prompt"),
        ("", "prompt"),
        ("/caf\u00e9", "prompt"),
        ("/a\x7f", "prompt"),
        ("/" + "a" * 70_000, "prompt"),
        ("/chat", "\ud800"),
        ("/chat", "p" * 70_000),
    ],
)
def test_a_documented_name_that_no_request_can_have_is_not_taken(path: str, field: str) -> None:
    assert documented_names({"paths": {path: route(field)}}) is None
    both = {path: route(field), "/ask": route("prompt")}
    assert documented_names({"paths": both}) == Names("/ask", "prompt")


@pytest.mark.parametrize(
    "path", ["/", "//", "/a b", "/a%zz", "/%00", "/../a", "//host/a", "/a\\b", "/:80", "/@;&=+$,'()*!~[]|^`\"<>"]
)
@pytest.mark.parametrize("field", ["prompt", "", "\x00", "\u20ac", "\U0001f600"])
def test_a_documented_name_that_is_taken_can_be_sent(path: str, field: str) -> None:
    names = documented_names({"paths": {path: route(field)}})
    assert names == Names(path, field)
    sent = rewriting(names)(httpx.Request("POST", "http://127.0.0.1:1/generate", json={"message": "Hello"}))
    assert (sent.url.host, sent.url.port) == ("127.0.0.1", 1)
    assert json.loads(sent.content) == {field: "Hello"}
