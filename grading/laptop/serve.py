"""`grade serve`: the model on the laptop and the student's app, side by side, until Ctrl-C.

The model server runs in a thread of this process, the app by uvicorn in a process of its own. When a file is
saved, the app is restarted from here, not by uvicorn's --reload: on Windows that sends Ctrl-C to all programs
of the terminal, and elsewhere its server outlives a reloader that was killed. So an app that fails to start
is noticed at once, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grading.intake.collection import SubmissionError
from grading.intake.source_text import check_program
from grading.laptop.app_process import AppProcess
from grading.laptop.model import UnavailableError
from grading.laptop.model.engine import MODEL, Engine, SmolLM2
from grading.laptop.model.server import ModelServer, listen, start_server
from grading.laptop.model.weather import ABOUT, Forecast, Weather
from grading.laptop.model.weights import weights_path
from grading.laptop.ollama import ollama_problem
from grading.laptop.preflight import EnvFileError, load_env, preflight

LAPTOP_MODEL = f"llamafile/{MODEL}"


class ServeError(Exception):
    """What was asked for can't be served; `str(error)` is a sentence that says why."""


def serve(
    folder: Path,
    *,
    port: int = 8000,
    model_port: int = 8080,
    reload: bool = True,
    weather: str = "sunny",
    load_engine: Callable[[], Engine] | None = None,
) -> int:
    """Serve the app of `folder`/main.py on `port`, the model on `model_port` (0: any free port) until Ctrl-C.

    There is no model server if LLM_MODEL (variable or .env) names another model. With `reload`, saving a file
    starts the app anew, also after an error in it. `load_engine` makes the engine; None is SmolLM2. Returns 0
    after Ctrl-C or SIGTERM; 2, and a sentence on stderr, if it can't start or go on.
    """
    try:
        with contextlib.ExitStack() as stack:
            sky = _check(folder, port, model_port, weather)
            with listen(port) as free:
                port = free.getsockname()[1]
            environ = dict(os.environ)
            load_env(folder, environ)
            server = None
            if _wants_laptop_model(environ):
                listen(model_port).close()  # nobody should wait for a download to hear that the port is taken
                server = stack.enter_context(start_server((load_engine or _load)(), model_port, sky))
                environ |= {"LLM_MODEL": LAPTOP_MODEL, "LLAMAFILE_API_BASE": server.api_base}
            elif problem := preflight(environ):
                raise ServeError(problem)
            elif weather != "sunny":
                raise ServeError("Only the model on the laptop has weather, and LLM_MODEL names another one.")
            elif told := ollama_problem(environ):
                print(f"Note: {told}", flush=True)  # it may be started later
            stopping = stack.enter_context(_stop_signals())
            app = stack.enter_context(contextlib.closing(AppProcess(folder, port, environ)))
            _run(app, folder, reload, stopping, lambda: _announce(port, server, environ["LLM_MODEL"]))
            return 0
    except (UnavailableError, EnvFileError, ServeError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # while the weights were fetched or the model was loaded
        return 0


def _check(folder: Path, port: int, model_port: int, weather: str) -> Weather:
    """The weather to begin with. Raises ServeError for all that can be seen to be wrong at once."""
    if not folder.exists():
        raise ServeError(f"There is no folder {folder}.")
    if not (folder / "main.py").is_file():
        raise ServeError(f"There is no main.py in {folder}: give the folder that it is in.")
    if port == model_port != 0:
        raise ServeError(f"The app and the model cannot both have port {port}.")
    try:
        return Weather(Forecast.model_validate({"weather": weather}))
    except ValidationError:
        raise ServeError(f"There is no weather {weather!r}. Choose from: {', '.join(ABOUT)}.") from None


def _wants_laptop_model(environ: Mapping[str, str]) -> bool:
    """Whether ours is meant; LLAMAFILE_API_BASE says that a llamafile of the student's own runs somewhere."""
    model = environ.get("LLM_MODEL") or LAPTOP_MODEL
    return model == LAPTOP_MODEL and not environ.get("LLAMAFILE_API_BASE")


def _load() -> Engine:
    weights = weights_path()
    print("Loading the model.", flush=True)
    return SmolLM2(weights)


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, and what else ends a process, sets: an exception could cut the clean-up short."""
    stopping = threading.Event()
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():  # elsewhere Python allows no handlers
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if number := getattr(signal, name, None):
                before[number] = signal.signal(number, lambda *_: stopping.set())
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(app: AppProcess, folder: Path, reload: bool, stopping: threading.Event, announce: Callable[[], None]) -> None:
    """Announce the app as soon as it answers, start it anew when a file changes, until `stopping` is set."""
    announced = reported = False
    while not stopping.wait(0.3):
        if reload and app.changed():
            reported = False
            print("A file has changed: starting the app anew.", flush=True)
            app.restart()
        elif app.ended() and not reported:
            if not reload:
                raise ServeError(f"The app has ended; {_reason(folder)}")
            reported = True
            print(f"The app has ended; {_reason(folder)}\nCorrect and save: it starts again.", flush=True)
        elif not announced and not reported and app.answers():
            announced = True
            announce()
    print("Stopping.", flush=True)


def _reason(folder: Path) -> str:
    """Say why Python can't read main.py, if that is so: the traceback above is long."""
    try:
        check_program((folder / "main.py").read_bytes())
    except (SubmissionError, OSError) as problem:
        return f"the reason, in short:\n{problem}"
    return "the reason is above."


def _announce(port: int, server: ModelServer | None, model: str) -> None:
    url = f"http://127.0.0.1:{port}"
    lines = [f"\nThe app runs: {url}/docs", f"Its model is {model}. Ask it, in another terminal:"]
    lines += curl("POST", f"{url}/generate", {"message": "Say hello in one short sentence."})
    if server:
        lines += [f"Make the model fail, and ask again ({server.url}/weather lists more):"]
        lines += curl("PUT", f"{server.url}/weather", {"weather": "throttled", "times": 3})
    print("\n".join([*lines, "Ctrl-C stops everything.\n"]), flush=True)


def curl(method: str, url: str, body: Mapping[str, object], windows: bool = sys.platform == "win32") -> list[str]:
    """Lines that send `body` as JSON, quoted for a POSIX shell, or (`windows`) for cmd and for PowerShell."""
    text = json.dumps(body)
    if not windows:
        return [f"  curl -X {method} {url} -H 'Content-Type: application/json' -d {shlex.quote(text)}"]
    for_cmd = subprocess.list2cmdline([text])
    quoted = text.replace("'", "''")
    return [
        f'  cmd:        curl -X {method} {url} -H "Content-Type: application/json" -d {for_cmd}',
        # PowerShell 5 drops the quotes inside an argument of curl.exe, so there it is a command of its own.
        f"  PowerShell: irm -Method {method.title()} {url} -ContentType application/json -Body '{quoted}'",
    ]
