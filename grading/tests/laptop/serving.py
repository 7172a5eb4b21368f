"""`serve` in a process of its own, with a stand-in for the model."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grading import KIT

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
