"""The student's own app behind the page: `grade serve` in a process of its own, what it prints, and questions to it."""

from __future__ import annotations

import contextlib
import http
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from grading import KIT
from grading.laptop.model import PortUnavailable
from grading.laptop.model.server import listen
from grading.laptop.weather_client import WeatherError, change_weather, read_weather
from grading.processes.python_process import end_group
from grading.text import plain

State = Literal["stopped", "starting", "running", "failed"]
"""starting: `grade serve` runs, and the app does not answer yet, or not any more. failed: `grade serve` has ended."""

SERVE = ("grading", "serve")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_LINES = 40  # of what was printed, the last ones
_LONGEST = 20_000  # characters of an answer
_PATIENCE = 210.0  # seconds for an answer: three time-outs of 60 seconds, and some more
_GRACE = 12.0  # seconds for `grade serve` to end the app
_TICK = 0.5


@dataclass(frozen=True)
class Answer:
    """What came back: `status` is 0 if nothing did; then `text` says why."""

    status: int
    phrase: str
    text: str
    seconds: float


class OwnApp:
    """`grade serve` for a folder, when it is wanted. `changed` is called when something of it changes. Stop it."""

    def __init__(self, folder: Path, changed: Callable[[], None], module: Sequence[str] = SERVE) -> None:
        """`module`: what runs as `grade serve`, its arguments before the folder among it."""
        self._folder = folder
        self._changed = changed
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._port = self._model_port = 0
        self.state: State = "stopped"
        self.weather: dict[str, Any] | None = None
        """The model's weather; None if the app does not run, or asks a model that has none."""

    @property
    def url(self) -> str:
        """Where the app listens, while it runs."""
        return f"http://127.0.0.1:{self._port}" if self._port else ""

    @property
    def lines(self) -> list[str]:
        """What `grade serve` and the app printed last."""
        return list(self._lines)

    def start(self) -> None:
        """Start `grade serve`, unless it runs."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._port, self._model_port = _free_port(8000), _free_port(8080)
            self._lines.clear()
            ports = ["--port", str(self._port), "--model-port", str(self._model_port)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._module, str(self._folder.resolve()), *ports],
                cwd=KIT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",  # Ctrl-C is for us, and we end it
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
            self._set("starting")
            for target in (self._read, self._look):
                threading.Thread(target=target, args=(self._process,), daemon=True).start()

    def stop(self) -> None:
        """End it and all that it started."""
        with self._lock:
            if self._process is not None:
                _end(self._process)
                self._process = None
            self._port, self.weather = 0, None
            self._set("stopped")

    def ask(self, message: str) -> Answer:
        """POST the message to /generate of the app and return what it answers."""
        started = time.monotonic()

        def answer(status: int, text: str) -> Answer:
            phrase = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else ""
            return Answer(status, phrase, text[:_LONGEST], round(time.monotonic() - started, 1))

        if not self.url:
            return answer(0, "Your app is not running. Start it first.")
        try:
            reply = httpx.post(f"{self.url}/generate", json={"message": message}, timeout=_PATIENCE, trust_env=False)
        except httpx.TimeoutException:
            return answer(0, f"Your app gave no answer within {_PATIENCE:g} seconds. Does your call have a time-out?")
        except httpx.HTTPError:
            return answer(0, "Your app gave no answer. What it printed last may say why.")
        return answer(reply.status_code, plain(reply.text))

    def change_weather(self, wanted: Mapping[str, Any]) -> None:
        """Change the model's weather. Raises WeatherError."""
        if self.weather is None:
            raise WeatherError("Only the small model on this computer has weather. Start your app first.")
        self.weather = change_weather(self._model_port, dict(wanted)).model_dump()
        self._changed()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with io.TextIOWrapper(process.stdout, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if text := plain(_STYLE.sub("", line)).strip("\n"):
                    self._lines.append(text)
                    self._changed()

    def _look(self, process: subprocess.Popen[bytes]) -> None:
        """Follow how it is, until it ends."""
        while process.poll() is None:
            answers = _listens(self._port)
            with self._lock:
                if process is not self._process:
                    return
                self._set("running" if answers else "starting")
            if answers:
                self._look_at_the_sky()
            time.sleep(_TICK)
        with self._lock:
            if process is self._process:
                self._port, self.weather = 0, None
                self._set("failed")

    def _look_at_the_sky(self) -> None:
        weather = None
        with contextlib.suppress(WeatherError):
            weather = read_weather(self._model_port).model_dump()
        if weather != self.weather:
            self.weather = weather
            self._changed()

    def _set(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._changed()


def _free_port(wanted: int) -> int:
    """Return `wanted` if it is free, else another port."""
    for port in (wanted, 0):
        with contextlib.suppress(PortUnavailable), listen(port) as free:
            return int(free.getsockname()[1])
    raise PortUnavailable("No port of this computer is free.")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    end_group(process)
