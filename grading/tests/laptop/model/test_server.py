"""The model server: OpenAI's API over real connections, the real LiteLLM, a stand-in for llama.cpp, and SmolLM2."""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.laptop.model import ModelUnavailable, PortUnavailable, __main__, engine
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import DEFAULT_PORT, ModelServer, listen, start_server
from grading.laptop.model.weather import Forecast
from grading.laptop.model.weights import weights_path
from grading.tests.laptop.model.llama_double import PATIENCE, PIECES, LlamaDouble, Script

QUESTION = {"model": "smollm2", "messages": [{"role": "user", "content": "Grüß 👋"}]}
TEXT = "".join(PIECES)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[LlamaDouble, ModelServer]]:
    with contextlib.closing(LlamaDouble(Script())) as double, start_server(double) as running:
        yield double, running


@pytest.fixture
def server(stage: tuple[LlamaDouble, ModelServer], script: Script) -> ModelServer:
    double, running = stage
    double.script = script
    running.weather.set(Forecast(weather="sunny"))
    return running


@pytest.fixture
def client(server: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        yield client


def ask(client: httpx.Client, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    return client.post("/v1/chat/completions", json=QUESTION | more, headers=headers)


def send(client: httpx.Client, body: bytes | Iterator[bytes]) -> httpx.Response:
    return client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})


def has_arrived(client: httpx.Client) -> None:
    """Wait until the request for which the weather was set (`times`: 1) has reached the server."""
    while client.get("/weather").json()["times"] is not None:
        pass


def events(response: httpx.Response) -> list[str]:
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = response.text.split("\n\n")
    assert lines.pop() == ""
    assert all(line.startswith("data: ") for line in lines)
    return [line.removeprefix("data: ") for line in lines]


def error_of(response: httpx.Response) -> dict[str, Any]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return dict(error)


# --- the API


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


# --- who may use it


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[", ""])
def test_another_host_name_is_refused(host: str, client: httpx.Client, script: Script) -> None:
    assert ask(client, {"host": host}).status_code in (400, 403)  # 400: h11 refuses what is no host name at all
    assert script.questions == []


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null", ""])
def test_a_page_of_another_site_is_refused(origin: str, client: httpx.Client) -> None:
    for response in (
        ask(client, {"origin": origin}),
        client.put("/weather", json={"weather": "down"}, headers={"origin": origin}),
        client.options("/v1/chat/completions", headers={"origin": origin, "access-control-request-method": "POST"}),
    ):
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert client.get("/weather").json()["weather"] == "sunny"


@pytest.mark.parametrize("stream", [False, True])
def test_no_header_of_llamas_lets_a_page_in(stream: bool, client: httpx.Client) -> None:
    for headers in ({}, {"origin": "http://localhost:8000"}):
        response = ask(client, headers, stream=stream)
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_the_engine_answers_whoever_has_the_key(stage: tuple[LlamaDouble, ModelServer], server: ModelServer) -> None:
    double, _ = stage
    assert double.key not in httpx.get(f"{server.url}/openapi.json").text
    assert httpx.post(f"{double.url}/v1/chat/completions", json=QUESTION).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"host": "localhost"}, {"host": "[::1]:8080"}, {"origin": "http://localhost:8000"}]
)
def test_this_computer_is_welcome(headers: dict[str, str], client: httpx.Client) -> None:
    assert client.get("/health", headers=headers).status_code == 200


def test_it_listens_on_loopback_only(server: ModelServer) -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.port}"


# --- clients that go, a server that stops


def connect(server: ModelServer, **more: Any) -> socket.socket:
    """Send a question by hand, so that the connection can be dropped at any time."""
    body = json.dumps(QUESTION | more).encode()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
    return connection


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_stops_the_engine(
    stream: bool, server: ModelServer, client: httpx.Client, script: Script
) -> None:
    script.endless = True
    with connect(server, stream=stream) as connection:
        assert script.started.wait(PATIENCE)
        if stream:
            assert b"200 OK" in connection.recv(100)
        assert client.get("/health").status_code == 200  # meanwhile the server answers
        assert not script.hung_up_on.is_set()
    assert script.hung_up_on.wait(PATIENCE)
    script.endless = False
    assert ask(client).json()["choices"][0]["message"]["content"] == TEXT


def test_who_hangs_up_in_slow_weather_is_not_answered(
    server: ModelServer, client: httpx.Client, script: Script
) -> None:
    client.put("/weather", json={"weather": "slow", "seconds": 0.5, "times": 1})
    with connect(server):
        has_arrived(client)
    time.sleep(1)
    assert ask(client, max_tokens=3).status_code == 200
    assert [question.get("max_tokens") for question in script.questions] == [3]


@pytest.mark.parametrize(("weather", "stream"), [("sunny", False), ("sunny", True), ("slow", False)])
def test_the_server_stops_although_answers_are_under_way(script: Script, weather: str, stream: bool) -> None:
    script.endless = True
    seen: list[Exception] = []

    def ask_and_wait(client: httpx.Client) -> None:
        try:
            ask(client, stream=stream)
        except httpx.TransportError as error:
            seen.append(error)

    with contextlib.closing(LlamaDouble(script)) as double, httpx.Client(timeout=PATIENCE) as client:
        with start_server(double) as server:
            client.base_url = httpx.URL(server.url)
            client.put("/weather", json={"weather": weather, "seconds": 600, "times": 1})
            thread = threading.Thread(target=ask_and_wait, args=(client,))
            thread.start()
            has_arrived(client)
            assert weather == "slow" or script.started.wait(PATIENCE)
        thread.join()
        assert [type(error) for error in seen] == [httpx.RemoteProtocolError]  # at once, not after a time-out
        assert weather == "slow" or script.hung_up_on.wait(PATIENCE)
        with pytest.raises(httpx.ConnectError):
            client.get("/health")


# --- LiteLLM, as a student's program uses it

STYLES = ["completion", "stream", "acompletion", "astream"]

Student = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def student_process(stage: tuple[LlamaDouble, ModelServer]) -> Iterator[subprocess.Popen[str]]:
    environ = {name: value for name, value in os.environ.items() if name != "DISABLE_AIOHTTP_TRANSPORT"}
    process = subprocess.Popen(
        [sys.executable, "-m", "grading.tests.laptop.model.litellm_student"],
        cwd=KIT,
        env=environ | {"LLAMAFILE_API_BASE": stage[1].api_base},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        yield process
        assert process.stdin
        process.stdin.close()
    assert process.returncode == 0


@pytest.fixture
def student(server: ModelServer, student_process: subprocess.Popen[str]) -> Student:
    """Ask as a student's program does: what came of it."""

    def ask_litellm(style: str, **more: Any) -> dict[str, Any]:
        arguments = QUESTION | {"model": "llamafile/smollm2", "timeout": PATIENCE} | more
        assert student_process.stdin
        assert student_process.stdout
        student_process.stdin.write(json.dumps({"style": style, "arguments": arguments}) + "\n")
        student_process.stdin.flush()
        return dict(json.loads(student_process.stdout.readline()))

    return ask_litellm


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


# --- what can be in the way


def test_a_port_in_use(stage: tuple[LlamaDouble, ModelServer]) -> None:
    double, server = stage
    with pytest.raises(PortUnavailable, match=f"Port {server.port} is in use"), start_server(double, server.port):
        pass


def test_a_port_that_nobody_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    for port in (-1, 65536):
        with pytest.raises(PortUnavailable, match=f"{port} is no port"):
            listen(port)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(PortUnavailable, match="Port 80 is not allowed"):
        listen(80)


@pytest.mark.parametrize(
    ("error", "avx2", "sentence"),
    [
        (ModuleNotFoundError("No module named 'xllamacpp'"), True, "The engine is not installed"),
        (ImportError("libgomp.so.1: cannot open shared object file"), True, "apt install libgomp1"),
        (ImportError("something else"), True, "could not be loaded: something else"),
        (SystemExit("its import ends the process"), False, "AVX2"),
    ],
)
def test_an_engine_that_cannot_be_loaded(
    error: BaseException, avx2: bool, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(engine, "_has_avx2", lambda: avx2)
    with pytest.raises(ModelUnavailable, match=sentence) as caught:
        SmolLM2(Path("weights.gguf"))
    assert "Ollama" in str(caught.value)


def test_the_command_says_in_a_sentence_why_it_cannot_start(
    server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["--port", str(server.port)]) == 2
    assert "is in use" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        __main__.main(["--weather", "foggy"])


# --- the real model: shapes, not words


@pytest.fixture(scope="module")
def smollm2() -> Iterator[SmolLM2]:
    try:
        model = SmolLM2(weights_path())
    except ModelUnavailable as error:
        pytest.skip(error.reason)
    yield model
    model.close()


@pytest.fixture(scope="module")
def real(smollm2: SmolLM2) -> Iterator[ModelServer]:
    with start_server(smollm2) as server:
        yield server


@pytest.fixture
def real_client(real: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real.url, timeout=600) as client:
        yield client


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
