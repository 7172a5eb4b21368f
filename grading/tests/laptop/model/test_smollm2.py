"""The real model: shapes, not words."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.laptop.model import ModelUnavailable
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import ModelServer
from grading.laptop.model.weather import Forecast
from grading.tests.laptop.model.asking import ask, connect, events, has_arrived
from grading.tests.laptop.model.llama_double import PATIENCE


def test_smollm2_answers(real_client: httpx.Client) -> None:
    messages = [{"role": "user", "content": "Say hello in one short sentence."}]
    question: dict[str, Any] = {"messages": messages, "max_tokens": 12}
    whole = ask(real_client, **question).json()
    assert (whole["object"], whole["model"]) == ("chat.completion", "smollm2")
    text = whole["choices"][0]["message"]["content"]
    assert text.strip()
    assert whole["choices"][0]["finish_reason"] in ("stop", "length")
    assert 1 <= whole["usage"]["completion_tokens"] <= 12
    assert whole["usage"]["prompt_tokens"] > 8
    *events_, end = events(ask(real_client, **question, stream=True, stream_options={"include_usage": True}))
    assert end == "[DONE]"
    stream = [json.loads(event) for event in events_]
    assert stream.pop()["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in stream) == text
    stopped = ask(real_client, **question, stop=text[:3]).json()["choices"][0]
    assert stopped["message"]["content"] == ""


def test_smollm2_says_the_same_each_time_and_not_too_much(real_client: httpx.Client) -> None:
    endless: dict[str, Any] = {"messages": [{"role": "user", "content": "Tell a story."}], "ignore_eos": True}
    first, second = (ask(real_client, **endless).json() for _ in range(2))
    assert first["usage"]["completion_tokens"] == 128
    assert first["choices"][0]["finish_reason"] == "length"
    assert first["choices"][0]["message"] == second["choices"][0]["message"]


def test_smollm2_gets_no_words_that_nobody_said(real_client: httpx.Client) -> None:
    """Its own chat template would put a text in front, and does not know the role developer."""
    counts = []
    for role in ("system", "developer"):
        messages = [{"role": role, "content": ""}, {"role": "user", "content": "Hi"}]
        counts.append(ask(real_client, messages=messages, max_tokens=1).json()["usage"]["prompt_tokens"])
    counts.append(ask(real_client, messages=messages[1:], max_tokens=1).json()["usage"]["prompt_tokens"])
    assert len(set(counts)) == 1


def test_what_smollm2_refuses_is_said_in_llamas_words(real_client: httpx.Client) -> None:
    several = ask(real_client, n=2)
    assert (several.status_code, several.json()["error"]["type"]) == (400, "invalid_request_error")
    assert "'n'" in several.json()["error"]["message"]
    too_long = ask(real_client, messages=[{"role": "user", "content": "word " * 3000}])
    assert (too_long.status_code, too_long.json()["error"]["type"]) == (400, "exceed_context_size_error")
    assert "context size (2048 tokens)" in too_long.json()["error"]["message"]


def test_smollm2_takes_one_question_at_a_time_on_one_thread(real_client: httpx.Client) -> None:
    question: dict[str, Any] = {"max_tokens": 30, "ignore_eos": True}
    alone = ask(real_client, **question).json()["choices"]
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(real_client, **question))) for _ in range(6)]
    before, start = os.times(), time.monotonic()
    for thread in threads:
        thread.start()
    assert real_client.get("/health").status_code == 200  # meanwhile the server answers
    for thread in threads:
        thread.join()
    after, took = os.times(), time.monotonic() - start
    assert [answer.json()["choices"] for answer in answers] == [alone] * 6  # type: ignore[attr-defined]
    assert after.user - before.user < 1.3 * took  # two threads of llama.cpp's keep two processors busy


@pytest.mark.parametrize("place", ["reading", "writing", "waiting"])
@pytest.mark.parametrize("stream", [False, True])
def test_smollm2_stops_for_who_hangs_up(place: str, stream: bool, real: ModelServer, real_client: httpx.Client) -> None:
    story: dict[str, Any] = {"max_tokens": 1900, "ignore_eos": True, "stream": stream}
    if place == "reading":
        story["messages"] = [{"role": "user", "content": "word " * 1900}]
    words = [{"role": "user", "content": "word " * 90}]
    timings = ask(real_client, messages=words, max_tokens=10, ignore_eos=True).json()["timings"]
    token = timings["prompt_per_token_ms" if place == "reading" else "predicted_per_token_ms"] / 1000
    real.weather.set(Forecast(weather="sunny", times=2 if place == "waiting" else 1))
    with contextlib.ExitStack() as stack:
        for _ in range(2 if place == "waiting" else 1):
            stack.enter_context(connect(real, **story))
        has_arrived(real_client)
        time.sleep(0.5)
    start = time.monotonic()
    assert ask(real_client, max_tokens=3).status_code == 200
    assert time.monotonic() - start < 1900 * token / 3  # else it would have gone on to the end


def test_smollm2_opens_no_door_of_its_own(smollm2: SmolLM2) -> None:
    assert smollm2.url.startswith("http://127.0.0.1:")
    for path in ("/v1/models", "/v1/chat/completions", "/completion", "/props", "/slots", "/metrics", "/tokenize"):
        request = urllib.request.Request(f"{smollm2.url}{path}", headers={"Origin": "http://evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE)
        assert caught.value.headers["Access-Control-Allow-Origin"] not in ("http://evil.example", "*")
        caught.value.close()


@pytest.mark.usefixtures("smollm2")
def test_smollm2_can_be_closed_as_soon_as_it_is_loaded() -> None:
    imports = "from grading.laptop.model.engine import SmolLM2; from grading.laptop.model.weights import weights_path"
    program = f"{imports}; [SmolLM2(weights_path()).close() for _ in range(4)]"
    subprocess.run([sys.executable, "-c", program], cwd=KIT, check=True, timeout=120)


def test_damaged_weights(smollm2: SmolLM2, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF and nothing else")
    with pytest.raises(ModelUnavailable, match="delete it and run this again"):
        SmolLM2(damaged)
