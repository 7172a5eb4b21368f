"""The model server: OpenAI's API over real connections, with a stand-in for llama.cpp."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from grading.laptop.model.server import ModelServer
from grading.tests.laptop.model.asking import QUESTION, TEXT, ask, error_of, events, send
from grading.tests.laptop.model.llama_double import PIECES, LlamaDouble, Script


def test_an_answer(client: httpx.Client, script: Script) -> None:
    response = ask(client)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    body = response.json()
    assert body["choices"][0]["message"] == {"role": "assistant", "content": TEXT}
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
    assert script.questions == [QUESTION]


def test_a_stream_comes_piece_by_piece(client: httpx.Client, script: Script) -> None:
    script.endless = True  # so the pieces can't have waited for the end
    with client.stream("POST", "/v1/chat/completions", json=QUESTION | {"stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = (line.removeprefix("data: ") for line in response.iter_lines() if line)
        choices = [json.loads(next(lines))["choices"][0] for _ in range(len(PIECES) + 2)]
    assert choices[0]["delta"]["role"] == "assistant"
    assert [choice["delta"]["content"] for choice in choices[1:]] == [*PIECES, "more "]


def test_a_stream_ends_as_llamas_does(client: httpx.Client) -> None:
    *chunks, end = events(ask(client, stream=True))
    assert end == "[DONE]"
    choices = [json.loads(chunk)["choices"][0] for chunk in chunks]
    assert [choice["delta"]["content"] for choice in choices[1:-1]] == PIECES
    assert choices[-1] == {"index": 0, "delta": {}, "finish_reason": "stop"}


def test_the_options_reach_the_engine_as_they_are(client: httpx.Client, script: Script) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}]
    options: dict[str, Any] = {
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": -1,
        "stop": ["x", "y"],
        "user": "somebody",
    }
    ask(client, messages=messages, **options)
    ask(client, max_completion_tokens=6, temperature=None)
    first, second = script.questions
    assert first == {"model": "smollm2", "messages": messages} | options
    assert second == QUESTION | {"max_completion_tokens": 6, "temperature": None}


def test_half_a_character_does_not_break_the_engine(client: httpx.Client, script: Script) -> None:
    assert send(client, json.dumps(QUESTION).replace("Gr", "\\ud83d").encode()).status_code == 200
    assert script.questions[0]["messages"][0]["content"].startswith("?")


def test_models_and_health(client: httpx.Client) -> None:
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["smollm2"]
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"model": None}, "model"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
    ],
)
def test_a_wrong_request_gets_400_and_its_field_is_named(
    change: dict[str, Any], named: str, client: httpx.Client, script: Script
) -> None:
    response = ask(client, **change)
    assert response.status_code == 400
    assert error_of(response)["message"].startswith(named)
    assert script.questions == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'"text"'])
def test_a_body_that_is_no_json_object_gets_400(body: bytes, client: httpx.Client) -> None:
    response = send(client, body)
    assert response.status_code == 400
    assert error_of(response)["type"] == "invalid_request_error"


def test_other_errors_have_openais_shape_too(client: httpx.Client) -> None:
    unknown = ask(client, model="gpt-5")
    assert (unknown.status_code, error_of(unknown)["code"]) == (404, "model_not_found")
    assert "LLM_MODEL=llamafile/smollm2" in error_of(unknown)["message"]
    assert (client.get("/nowhere").status_code, client.get("/v1/chat/completions").status_code) == (404, 405)
    error_of(client.get("/nowhere"))


def test_a_huge_body_is_refused(client: httpx.Client, script: Script) -> None:
    response = send(client, (b" " * 20_000 for _ in range(100)))
    assert response.status_code == 413
    assert "1,000,000 bytes" in error_of(response)["message"]
    assert script.questions == []


@pytest.mark.parametrize("stream", [False, True])
def test_a_failing_engine_is_a_500_that_tells_nothing(
    stream: bool, client: httpx.Client, script: Script, stage: tuple[LlamaDouble, ModelServer]
) -> None:
    script.crashes = True
    response = ask(client, stream=stream)
    assert response.status_code == 500
    assert error_of(response)["type"] == "server_error"
    assert stage[0].url.removeprefix("http://") not in response.text
    script.crashes = False
    assert ask(client).status_code == 200
