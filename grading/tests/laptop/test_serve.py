"""`grade serve` with real processes: the app, the model behind it, and nothing left when it ends."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.laptop import serve
from grading.laptop.model import ModelUnavailable
from grading.laptop.model.engine import Engine
from grading.laptop.model.server import listen
from grading.laptop.serve import curl

PATIENCE = 30  # seconds until a test gives up on a line that should come

# `serve` in a process of its own, with an engine that repeats what it is asked.
DRIVER = """
import json, sys
from pathlib import Path
from grading.laptop import app_process
from grading.laptop.serve import serve
from grading.tests.laptop.model.llama_double import LlamaDouble, Script

echo = Script()
echo.pieces = lambda question: ["You said: ", question["messages"][-1]["content"]]
app_process.GRACE = 0.5
sys.exit(serve(Path(sys.argv[1]), load_engine=lambda: LlamaDouble(echo), **json.loads(sys.argv[2])))
"""

SMALL_APP = """
import os
from fastapi import FastAPI
app = FastAPI()

@app.post("/generate")
async def generate():
    names = ("LLM_MODEL", "LLAMAFILE_API_BASE", "NO_PROXY", "FROM_ENV_FILE")
    return {name: os.environ.get(name) for name in names}

@app.post("/hang")
async def hang():
    print("hanging", flush=True)
    while True:
        pass
"""


class Run:
    """`serve` as it runs: its lines, its addresses, and the pid of the app's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""
        self.app_pid = 0
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def until(self, pattern: str) -> re.Match[str]:
        """The next place in the output that fits."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            assert line is not None, f"it ended without {pattern!r}: {self.said}"
            self.said += line
            if match := re.search(pattern, line):
                return match

    def up(self) -> tuple[str, str]:
        """The app's and the model server's URLs, when the app answers."""
        self.app_pid = int(self.until(r"Started server process \[(\d+)\]")[1])
        app = self.until(r"The app runs: (http://[\d.:]+)/docs")[1]
        model = self.until(r"\((http://[\d.:]+)/weather lists more\)")[1]
        self.until("Ctrl-C stops everything")
        return app, model

    def end(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(PATIENCE)
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.said += line
        return code


@contextlib.contextmanager
def running(folder: Path, **options: Any) -> Iterator[Run]:
    environ = {name: value for name, value in os.environ.items() if name not in ("LLM_MODEL", "LLAMAFILE_API_BASE")}
    arguments = json.dumps({"port": 0, "model_port": 0} | options)
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(folder), arguments],
        cwd=KIT,
        env=environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        run = Run(process)
        try:
            yield run
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)
            if os.name == "posix" and run.app_pid:  # a test that failed may have left it
                with contextlib.suppress(ProcessLookupError):
                    os.kill(run.app_pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(SMALL_APP, encoding="utf-8")
    return tmp_path


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_free(url: str) -> bool:
    with socket.socket() as other:
        return other.connect_ex(("127.0.0.1", httpx.URL(url).port or 0)) != 0


def say(app: str, message: str, **settings: Any) -> httpx.Response:
    return httpx.post(f"{app}/generate", json={"message": message}, timeout=PATIENCE, **settings)


posix = pytest.mark.skipif(os.name != "posix", reason="a signal can't be sent to one process on Windows")


@posix
def test_the_solution_answers_through_litellm_and_follows_the_weather() -> None:
    with running(KIT / "solution") as run:
        app, model = run.up()
        assert "Its model is llamafile/smollm2." in run.said
        assert say(app, "Grüß 👋").json() == {"response": "You said: Grüß 👋"}
        httpx.put(f"{model}/weather", json={"weather": "failing", "status": 401})
        answer = say(app, "hello")
        assert answer.status_code == 502
        assert "sk-demo" not in answer.text
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 0
        assert "Traceback" not in run.said
        assert (is_free(app), is_free(model), alive(run.app_pid)) == (True, True, False)


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_other_signals_stop_all_too(name: str, folder: Path) -> None:
    with running(folder) as run:
        app, model = run.up()
        run.process.send_signal(getattr(signal, name))
        assert run.end() == 0
        assert (is_free(app), is_free(model), alive(run.app_pid)) == (True, True, False)


@posix
def test_an_app_that_hangs_is_stopped_and_what_it_started_too(folder: Path) -> None:
    sleeper = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    program = f"import subprocess, sys\nprint('helper', {sleeper}.pid, flush=True)\n{SMALL_APP}"
    (folder / "main.py").write_text(program, encoding="utf-8")
    with running(folder) as run:
        helper = int(run.until(r"helper (\d+)")[1])
        app, model = run.up()
        with socket.create_connection(("127.0.0.1", httpx.URL(app).port or 0)) as connection:
            connection.sendall(b"POST /hang HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
            run.until("hanging")
            run.process.send_signal(signal.SIGINT)
            run.process.send_signal(signal.SIGINT)
            try:
                assert run.end() == 0  # the output ends when nobody is left who could write to it
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(helper, signal.SIGKILL)
        assert (is_free(app), is_free(model), alive(run.app_pid)) == (True, True, False)


@posix
def test_ctrl_c_before_the_app_is_up(folder: Path) -> None:
    (folder / "main.py").write_text("print('importing', flush=True)\nimport time\ntime.sleep(600)\n")
    with running(folder) as run:
        run.until("importing")
        run.process.send_signal(signal.SIGINT)
        assert run.end() == 0
        assert "Traceback" not in run.said


def test_a_saved_file_starts_the_app_anew_also_after_an_error(folder: Path) -> None:
    main = folder / "main.py"
    with running(folder) as run:
        app, _ = run.up()
        main.write_text(SMALL_APP + "\nthis is no Python\n", encoding="utf-8")
        run.until("A file has changed")
        run.until("SyntaxError")
        run.until("The app has ended; the reason, in short:")
        run.until("main.py has a syntax error on line")
        run.until("Correct and save")
        main.write_text(SMALL_APP.replace("FROM_ENV_FILE", "NEW"), encoding="utf-8")
        run.until("A file has changed")
        run.until("Uvicorn running on")
        assert "NEW" in say(app, "hello").json()


def test_without_reload_an_error_ends_it(folder: Path) -> None:
    (folder / "main.py").write_text("import no_such_module\n")
    with running(folder, reload=False) as run:
        run.until("No module named 'no_such_module'")
        assert run.end() == 2
        assert run.said.rstrip().endswith("The app has ended; the reason is above.")


def test_a_wsgi_app_is_served_too(folder: Path) -> None:
    (folder / "main.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [environ['PATH_INFO'].encode()]\n"
    )
    with running(folder) as run:
        app, _ = run.up()
        assert httpx.get(f"{app}/here", timeout=PATIENCE).text == "/here"


def test_a_class_in_place_of_an_app_gets_a_sentence(folder: Path) -> None:
    (folder / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI\n")
    with running(folder, reload=False) as run:
        assert run.end() == 2
    assert "app is the class FastAPI, which has no app in it yet: app = FastAPI(…), with parentheses." in run.said


def test_the_env_file_and_the_model_reach_the_app(folder: Path) -> None:
    (folder / ".env").write_text("FROM_ENV_FILE=yes\n")
    with running(folder, weather="throttled") as run:
        app, model = run.up()
        seen = say(app, "hello").json()
        assert seen["LLM_MODEL"] == "llamafile/smollm2"
        assert seen["LLAMAFILE_API_BASE"] == f"{model}/v1"
        assert "127.0.0.1" in seen["NO_PROXY"]
        assert seen["FROM_ENV_FILE"] == "yes"
        assert httpx.get(f"{model}/weather").json()["weather"] == "throttled"


def test_another_model_needs_no_server_of_ours(folder: Path) -> None:
    (folder / ".env").write_text("LLM_MODEL=ollama_chat/llama3.2\nOLLAMA_API_BASE=http://127.0.0.1:1\n")
    with running(folder) as run:
        run.until("Note: No Ollama answers at http://127.0.0.1:1: start it, or set OLLAMA_API_BASE")
        app = run.until(r"The app runs: (http://[\d.:]+)/docs")[1]
        assert say(app, "hello").json()["LLM_MODEL"] == "ollama_chat/llama3.2"
        run.until("Ctrl-C stops everything")
        assert "weather" not in run.said


# --- what can be wrong: one sentence, 2, and nothing was started


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model of the developer's own, and no process."""
    for name in ("LLM_MODEL", "LLAMAFILE_API_BASE", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("grading.laptop.preflight.KIT", Path("/nowhere"))

    def no_app(*args: object) -> None:
        raise AssertionError("the app was started")

    monkeypatch.setattr(serve, "AppProcess", no_app)


def no_engine() -> Engine:
    raise ModelUnavailable("There is no model here.")


WRONG: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "no-model": (b"", {}, "There is no model here.\nWhat you can do:"),
    "one-port": (b"", {"port": 8000, "model_port": 8000}, "The app and the model cannot both have port 8000."),
    "no-port": (b"", {"port": 70000}, "70000 is no port."),
    "weather": (b"", {"weather": "foggy"}, "There is no weather 'foggy'. Choose from: sunny, slow, throttled"),
    "no-key": (b"LLM_MODEL=openai/gpt-5-nano\nOPENAI_API_KEY=\n", {}, "OPENAI_API_KEY is missing"),
    "not-ours": (b"LLM_MODEL=ollama/x\n", {"weather": "slow"}, "Only the model on the laptop has weather"),
    "env-file": (b"\xff\xfe", {}, "{folder}/.env is not a UTF-8 text file"),
}


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("env", "options", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_at_once(
    env: bytes, options: dict[str, Any], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / ".env").write_bytes(env)
    assert serve.serve(folder, **{"port": 0, "model_port": 0, "load_engine": no_engine, **options}) == 2
    assert capsys.readouterr().err.startswith(sentence.format(folder=folder.resolve()))


@pytest.mark.usefixtures("quiet")
def test_a_wrong_folder_and_a_port_in_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    for wrong, sentence in (("nowhere", "no folder"), ("empty", "no main.py in"), ("main.py", "no main.py in")):
        assert serve.serve(folder / wrong) == 2
        assert f"There is {sentence}" in capsys.readouterr().err
    with listen(0) as taken:
        port = taken.getsockname()[1]
        for options in ({"port": port, "model_port": 0}, {"port": 0, "model_port": port}):
            assert serve.serve(folder, **options, load_engine=no_engine) == 2
            assert f"Port {port} is in use" in capsys.readouterr().err


@pytest.mark.usefixtures("quiet")
def test_ctrl_c_while_the_weights_are_fetched(folder: Path) -> None:
    def interrupted() -> Engine:
        raise KeyboardInterrupt

    assert serve.serve(folder, port=0, model_port=0, load_engine=interrupted) == 0


# --- the lines to copy

BODY = {"message": 'It\'s a "test"'}


def test_the_line_for_a_posix_shell_sends_the_body() -> None:
    (line,) = curl("POST", "http://127.0.0.1:8000/generate", BODY, windows=False)
    words = shlex.split(line)
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:8000/generate"]
    assert json.loads(words[words.index("-d") + 1]) == BODY
    assert words[words.index("-H") + 1] == "Content-Type: application/json"


def test_the_lines_for_windows_send_the_body() -> None:
    cmd, powershell = curl("PUT", "http://127.0.0.1:8080/weather", BODY, windows=True)
    # What is between the outer quotes, as the C runtime of Windows reads it, is the JSON text.
    assert cmd.endswith(
        r""" -H "Content-Type: application/json" -d "{\"message\": \"It's a \\\"test\\\"\"}" """.rstrip()
    )
    body = re.search(r"-Body '((?:[^']|'')*)'$", powershell)
    assert body
    assert json.loads(body[1].replace("''", "'")) == BODY
    assert "irm -Method Put http://127.0.0.1:8080/weather -ContentType application/json" in powershell
