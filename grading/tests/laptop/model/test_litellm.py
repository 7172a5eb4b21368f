"""LiteLLM asks the model server as a student's program does."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import httpx
import pytest

from grading.laptop.model.server import DEFAULT_PORT, ModelServer
from grading.tests.laptop.model.asking import STYLES, TEXT, Student, ask
from grading.tests.laptop.model.llama_double import Script


@pytest.mark.parametrize("style", STYLES)
def test_litellm_gets_the_text(style: str, student: Student, script: Script) -> None:
    assert student(style) == {"text": TEXT}
    assert len(script.questions) == 1


def test_the_prefix_llamafile_looks_at_our_default_port_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    import litellm

    for name in ("LLAMAFILE_API_BASE", "LLAMAFILE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    _, provider, key, base = litellm.get_llm_provider("llamafile/smollm2")
    assert (provider, base) == ("llamafile", f"http://127.0.0.1:{DEFAULT_PORT}/v1")
    assert key == "fake-api-key"


Outcomes = list[tuple[dict[str, Any], str]]
FAILURES: Outcomes = [
    ({"weather": "throttled"}, "RateLimitError"),
    ({"weather": "failing", "status": 400}, "BadRequestError"),
    ({"weather": "failing", "status": 401}, "AuthenticationError"),
    ({"weather": "failing", "status": 403}, "APIError"),
    ({"weather": "failing", "status": 404}, "NotFoundError"),
    ({"weather": "failing"}, "InternalServerError"),
    ({"weather": "failing", "status": 503}, "ServiceUnavailableError"),
    ({"weather": "failing", "status": 529}, "APIError"),
    ({"weather": "too_long"}, "ContextWindowExceededError"),
    ({"weather": "too_long", "like": "groq"}, "BadRequestError"),
    ({"weather": "quota"}, "RateLimitError"),
    ({"weather": "overloaded"}, "ServiceUnavailableError"),
    ({"weather": "filtered"}, "BadRequestError"),
    ({"weather": "throttled", "like": "mistral"}, "RateLimitError"),
    ({"weather": "down"}, "InternalServerError"),
    ({"weather": "slow", "seconds": 600}, "Timeout"),
    ({"weather": "garbled"}, "unreadable"),  # not the same class in each style
]
EMPTY: Outcomes = [({"weather": "empty", "part": part}, "") for part in ("choices", "null", "text")]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("forecast", "expected"), FAILURES + EMPTY, ids=str)
def test_litellm_recognises_the_weather(
    forecast: dict[str, Any], expected: str, style: str, student: Student, client: httpx.Client
) -> None:
    assert client.put("/weather", json=forecast).status_code == 200
    came = student(style, **({"timeout": 0.1} if forecast["weather"] == "slow" else {}))
    if expected:
        assert came["is_openai"]
        assert came["error"] == expected or expected == "unreadable"
    else:  # LiteLLM takes an empty answer for an answer, and a stream without any choice for one that broke off
        assert not came.get("text")


def test_a_slow_answer_comes_in_the_end(client: httpx.Client) -> None:
    client.put("/weather", json={"weather": "slow", "seconds": 0.01})
    assert ask(client).json()["choices"][0]["message"]["content"] == TEXT


def test_times_counts_what_litellm_really_asks(student: Student, client: httpx.Client) -> None:
    client.put("/weather", json={"weather": "throttled", "times": 2})
    assert student("completion") == {"text": TEXT}  # the SDK's third attempt
    client.put("/weather", json={"weather": "throttled", "times": 3})
    assert student("acompletion")["error"] == "RateLimitError"
    assert client.get("/weather").json()["weather"] == "sunny"


@pytest.mark.parametrize("style", STYLES)
def test_litellm_and_the_real_model(
    style: str, student_process: subprocess.Popen[str], real: ModelServer, real_client: httpx.Client
) -> None:
    def ask_litellm(content: str) -> dict[str, Any]:
        messages = [{"role": "user", "content": content}]
        arguments = {"model": "llamafile/smollm2", "messages": messages, "max_tokens": 8, "api_base": real.api_base}
        assert student_process.stdin
        assert student_process.stdout
        student_process.stdin.write(json.dumps({"style": style, "arguments": arguments}) + "\n")
        student_process.stdin.flush()
        return dict(json.loads(student_process.stdout.readline()))

    assert ask_litellm("Say hello.")["text"].strip()
    too_long = ask_litellm("word " * 3000)
    assert (too_long.get("error"), too_long.get("is_openai")) == ("ContextWindowExceededError", True)
