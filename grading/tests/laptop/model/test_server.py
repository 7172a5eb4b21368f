"""The model server: OpenAI's API over real connections, the real LiteLLM, a scripted engine and SmolLM2."""

from __future__ import annotations

import errno
import importlib
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.laptop.model import ModelUnavailable, PortUnavailable, __main__, engine
from grading.laptop.model.engine import Ending, PromptTooLongError, Question, SmolLM2
from grading.laptop.model.server import DEFAULT_PORT, ModelServer, listen, start_server
from grading.laptop.model.weather import Forecast
from grading.laptop.model.weights import weights_path

QUESTION = {"model": "smollm2", "messages": [{"role": "user", "content": "Grüß 👋"}]}
PIECES = ["Hé", "llo ", "👋🏽", '\n"wörld"']
TEXT = "".join(PIECES)
PATIENCE = 30  # seconds until a test gives up on something that should happen at once


class Script:
    """An engine that says what it was told to say, and remembers what it was asked."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.error: Exception | None = None
        self.endless = False
        self.started = threading.Event()
        self.stopped = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.working = self.most_working = 0

    def answer(self, question: Question, emit: Callable[[str], bool]) -> Ending:
        self.questions.append(question)
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        self.started.set()
        try:
            assert self.may_go_on.wait(PATIENCE)
            if self.error:
                raise self.error
            for piece in PIECES:
                emit(piece)
            while self.endless and emit("more "):
                pass
            if self.endless:
                self.stopped.set()
            return Ending("stop", 7, 4)
        finally:
            self.working -= 1


@pytest.fixture
def script() -> Script:
    return Script()


class Stage:
    """An engine that hands each question to the script of the test that is running."""

    script: Script

    def answer(self, question: Question, emit: Callable[[str], bool]) -> Ending:
        return self.script.answer(question, emit)


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Stage, ModelServer]]:
    engine = Stage()
    with start_server(engine) as running:
        yield engine, running


@pytest.fixture
def server(stage: tuple[Stage, ModelServer], script: Script) -> ModelServer:
    engine, running = stage
    engine.script = script
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
    body = response.json()
    assert body["object"] == "chat.completion"
    assert body["model"] == "smollm2"
    assert body["id"].startswith("chatcmpl-")
    message = {"role": "assistant", "content": TEXT}
    assert body["choices"] == [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}]
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
    assert script.questions == [Question([{"role": "user", "content": "Grüß 👋"}])]


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream(client: httpx.Client, usage: bool) -> None:
    *chunks, end = events(ask(client, stream=True, stream_options={"include_usage": usage}))
    assert end == "[DONE]"
    bodies = [json.loads(chunk) for chunk in chunks]
    assert {(body["object"], body["id"]) for body in bodies} == {("chat.completion.chunk", bodies[0]["id"])}
    if usage:
        last = bodies.pop()
        assert last["choices"] == []
        assert last["usage"] == {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
    choices = [body["choices"][0] for body in bodies]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert [choice["delta"]["content"] for choice in choices[1:-1]] == PIECES
    assert choices[-1] == {"index": 0, "delta": {}, "finish_reason": "stop"}
    assert [choice["finish_reason"] for choice in choices[:-1]] == [None] * (len(choices) - 1)


def test_the_options_reach_the_engine(client: httpx.Client, script: Script) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    messages = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}]
    ask(client, messages=messages, max_tokens=5, temperature=0.5, top_p=0.9, seed=-1, stop="x", user="ignored")
    ask(client, max_completion_tokens=6, max_tokens=5, stop=["x", "y"], temperature=None)
    first, second = script.questions
    expected = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "ab"}]
    assert first == Question(expected, 5, 0.5, 0.9, -1, ["x"])
    assert second == Question([{"role": "user", "content": "Grüß 👋"}], 6, stop=["x", "y"])


def test_half_a_character_does_not_break_the_engine(client: httpx.Client, script: Script) -> None:
    assert send(client, json.dumps(QUESTION).replace("Gr", "\\ud83d").encode()).status_code == 200
    assert script.questions[0].messages[0]["content"].startswith("?")


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
        ({"n": 2}, "n"),
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
def test_a_failing_engine_is_a_500_that_tells_nothing(stream: bool, client: httpx.Client, script: Script) -> None:
    script.error = ValueError("secret detail")
    response = ask(client, stream=stream)
    assert response.status_code == 500
    assert "secret" not in response.text
    script.error = None
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


@pytest.mark.parametrize(
    "headers", [{"host": "localhost"}, {"host": "[::1]:8080"}, {"origin": "http://localhost:8000"}]
)
def test_this_computer_is_welcome(headers: dict[str, str], client: httpx.Client) -> None:
    assert client.get("/health", headers=headers).status_code == 200


def test_it_listens_on_loopback_only(server: ModelServer) -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.port}"


# --- turns


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
    assert script.stopped.wait(PATIENCE)
    script.endless = False
    assert ask(client).json()["choices"][0]["message"]["content"] == TEXT


def test_questions_wait_for_their_turn(client: httpx.Client, script: Script) -> None:
    script.may_go_on.clear()
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(client).status_code)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert script.started.wait(PATIENCE)
    assert client.get("/health").status_code == 200  # meanwhile the server answers
    script.may_go_on.set()
    for thread in threads:
        thread.join()
    assert answers == [200, 200, 200]
    assert script.most_working == 1


def test_who_hangs_up_in_the_line_is_not_answered(server: ModelServer, client: httpx.Client, script: Script) -> None:
    script.may_go_on.clear()
    first = threading.Thread(target=lambda: ask(client))
    first.start()
    assert script.started.wait(PATIENCE)
    server.weather.set(Forecast(weather="sunny", times=1))
    with connect(server, max_tokens=99):
        has_arrived(client)
    for _ in range(5):  # when it has answered these, the server's loop has seen the connection end
        client.get("/health")
    script.may_go_on.set()
    first.join()
    assert ask(client, max_tokens=3).status_code == 200
    assert 99 not in [question.max_tokens for question in script.questions]


@pytest.mark.parametrize("weather", ["sunny", "slow"])
def test_the_server_stops_although_answers_are_under_way(script: Script, weather: str) -> None:
    script.endless = True
    seen: list[httpx.Response] = []
    with httpx.Client(timeout=PATIENCE) as client:
        with start_server(script) as server:
            client.base_url = httpx.URL(server.url)
            client.put("/weather", json={"weather": weather, "seconds": 600, "times": 1})
            thread = threading.Thread(target=lambda: seen.append(ask(client)))
            thread.start()
            has_arrived(client)
        thread.join()
        assert [response.status_code for response in seen] == [503]
        with pytest.raises(httpx.ConnectError):
            client.get("/health")


# --- LiteLLM, as a student's program uses it

STYLES = ["completion", "stream", "acompletion", "astream"]

Student = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def student_process(stage: tuple[Stage, ModelServer]) -> Iterator[subprocess.Popen[str]]:
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
    else:  # LiteLLM takes an empty answer for an answer
        assert not came["text"]


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
def test_litellm_recognises_a_prompt_that_is_really_too_long(style: str, student: Student, script: Script) -> None:
    script.error = PromptTooLongError(5000, 2048)
    assert student(style)["error"] == "ContextWindowExceededError"


# --- what can be in the way


def test_a_port_in_use(server: ModelServer, script: Script) -> None:
    with pytest.raises(PortUnavailable, match=f"Port {server.port} is in use"), start_server(script, server.port):
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


def test_smollm2_answers(smollm2: SmolLM2) -> None:
    with start_server(smollm2) as server, httpx.Client(base_url=server.url, timeout=600) as client:
        messages = [{"role": "user", "content": "Say hello in one short sentence."}]
        question: dict[str, Any] = {"messages": messages, "max_tokens": 12}
        whole = ask(client, **question).json()
        text = whole["choices"][0]["message"]["content"]
        assert text.strip()
        assert whole["choices"][0]["finish_reason"] in ("stop", "length")
        assert 1 <= whole["usage"]["completion_tokens"] <= 12
        assert whole["usage"]["prompt_tokens"] > 8
        stream = [json.loads(event) for event in events(ask(client, **question, stream=True))[:-1]]
        assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in stream) == text
        stopped = ask(client, **question, stop=text[:3]).json()["choices"][0]
        assert stopped["message"]["content"] == ""
        too_long = ask(client, messages=[{"role": "user", "content": "word " * 3000}])
        assert (too_long.status_code, error_of(too_long)["code"]) == (400, "context_length_exceeded")
        assert "maximum context length is 2048 tokens" in error_of(too_long)["message"]


def test_smollm2_stops_when_told_also_while_it_reads(smollm2: SmolLM2) -> None:
    pieces: list[str] = []
    question = Question([{"role": "user", "content": "word " * 1500}])

    smollm2.answer(question, lambda piece: bool(pieces.append(piece)))  # type: ignore[func-returns-value]
    assert len(pieces) <= 2
    assert "".join(pieces) == ""


def test_smollm2_opens_no_door_of_its_own(smollm2: SmolLM2) -> None:
    address = smollm2._server.listening_address
    assert address.startswith("http://127.0.0.1:")
    request = urllib.request.Request(f"{address}/v1/models", headers={"Origin": "http://evil.example"})
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
