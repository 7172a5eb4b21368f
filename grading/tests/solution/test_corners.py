"""The solution in the corners that the suite leaves free, or sees from one side only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from http.client import HTTPConnection, IncompleteRead
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.provider.provider import Provider
from grading.webapp.live_server import LiveServer

ROUTES = ["/generate", "/generate/stream"]
OPENAI, GEMINI, OPENROUTER = "openai/gpt-4o-mini", "gemini/gemini-2.5-flash", "openrouter/openai/gpt-4o-mini"
each_route = pytest.mark.parametrize("route", ROUTES)
streams_of = pytest.mark.parametrize("llm_model", [OPENAI, GEMINI, OPENROUTER, "anthropic/claude-haiku-4-5"])
JSON = {"content-type": "application/json"}


@each_route
@pytest.mark.parametrize(
    "body",
    [
        b'{"message": NaN}',
        b'{"message": -Infinity}',
        b'{"message": "\\ud800"}',
        b'{"message": "Hello \\udfff!"}',
        b'{"message": 5, "other": NaN}',
        b'{"\\ud800": "\\ud800"}',
        '{"message": "é"}'.encode("latin-1"),
        b"[" * 20_000,
        b'{"message": ' + b"1" * 5_000 + b"}",
    ],
    ids=["nan", "infinity", "half", "half-in-it", "nan-aside", "half-name", "latin-1", "deep", "long-number"],
)
def test_what_json_or_utf_8_cannot_write_is_refused(client: Any, provider: Provider, route: str, body: bytes) -> None:
    answer = client.post(route, content=body, headers=JSON)
    assert answer.status_code == 422
    assert all(problem["loc"] and problem["msg"] for problem in answer.json()["detail"])
    assert provider.requests == []


@each_route
def test_whole_characters_of_any_kind_are_accepted(client: Any, provider: Provider, route: str) -> None:
    message = "\U0001f600 \ufffe \u0000 \ufffd \U0010ffff"
    assert client.post(route, content=json.dumps({"message": message}), headers=JSON).status_code == 200
    assert [request.prompt for request in provider.requests] == [message]


@each_route
@pytest.mark.parametrize("llm_model", [OPENAI, GEMINI])
def test_a_provider_that_fails_at_once_chooses_the_status(client: Any, provider: Provider, route: str) -> None:
    ways: dict[int, Callable[[], None]] = {
        504: provider.times_out,
        429: lambda: provider.fails(429),
        413: provider.finds_the_prompt_too_long,
        502: lambda: provider.fails(401),
    }
    others: list[Callable[[], None]] = [
        lambda: provider.fails(500),
        provider.refuses_connections,
        lambda: provider.answers(""),
    ]
    for status, fails in [*ways.items(), *((502, each) for each in others)]:
        fails()
        answer = client.post(route, json={"message": "Hello"})
        assert (answer.status_code, list(answer.json())) == (status, ["detail"])
        assert provider.secret not in answer.text


@streams_of
def test_a_stream_that_breaks_off_has_no_done(
    client: Any, provider: Provider, app_log: list[Any], llm_model: str
) -> None:
    provider.answers("One, two, three, four, five, six.")
    provider.breaks_off()
    answer = client.post("/generate/stream", json={"message": "Count to six."})
    assert "[DONE]" not in answer.text
    assert provider.secret not in answer.text
    assert not any(provider.secret in line.text for line in app_log if not line.of_library)


class Interrupted(httpx.AsyncByteStream):
    """The body of an answer whose connection is lost."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for text in ("One", ", two"):
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            chunk["choices"] = [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
            yield f"data: {json.dumps(chunk)}\n\n".encode()
        raise httpx.ReadError("secret: connection reset")


@pytest.mark.parametrize("lost", [False, True], ids=["error-event", "connection-lost"])
def test_a_stream_that_breaks_off_is_no_whole_answer_over_http(
    live_server: LiveServer, provider: Provider, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """No middleware ends the chunked body as if all of it had been sent."""
    provider.answers("One, two, three, four, five, six.")
    provider.breaks_off()
    if lost:
        headers = {"content-type": "text/event-stream"}
        monkeypatch.setattr(
            provider, "_respond", lambda request: httpx.Response(200, headers=headers, stream=Interrupted())
        )
    connection = HTTPConnection("127.0.0.1", live_server.port, timeout=30)
    connection.request("POST", "/generate/stream", json.dumps({"message": "Count to six."}), JSON)
    answer = connection.getresponse()
    with pytest.raises(IncompleteRead) as broken:
        answer.read()
    connection.close()
    assert answer.status == 200
    assert b'data: {"delta": "One' in broken.value.partial
    assert b"[DONE]" not in broken.value.partial
    assert b"secret" not in broken.value.partial


def test_a_whole_stream_is_logged_once_with_the_time_until_its_end(client: Any, app_log: list[Any]) -> None:
    client.post("/generate/stream", json={"message": "Hello"})
    client.get("/no-such%0apage")
    own = [line.text for line in app_log if line.logger == "uvicorn.error"]
    assert [line.partition(" -> ")[0] for line in own] == ["POST '/generate/stream'", r"GET '/no-such\npage'"]


def test_hugging_face_is_switched_off_before_litellm_is_imported() -> None:
    """By the time that huggingface_hub is imported, which reads the variable once."""
    code = "import main, huggingface_hub.constants; print(huggingface_hub.constants.HF_HUB_OFFLINE)"
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    environment |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=KIT / "solution",
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert ended.stdout.strip() == "True"


def test_a_newcomer_can_read_it_in_ten_minutes() -> None:
    assert len((KIT / "solution" / "main.py").read_text(encoding="utf-8").splitlines()) < 185
