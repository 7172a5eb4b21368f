"""`grade serve` with real processes: the app, the model behind it, and nothing left when it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.tests.laptop.serving import PATIENCE, SMALL_APP, running


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
    assert "app is the class FastAPI, not an app made from it: app = FastAPI(…), with parentheses." in run.said


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
