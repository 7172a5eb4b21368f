"""The page as it runs: `serve_page` in a process of its own, with an echo in the model's place."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 90.0
"""Seconds until a test gives up on what should happen."""

_DRIVER = """
import sys
from pathlib import Path
from grading.ui.run import serve_page

sys.exit(serve_page(Path(sys.argv[1]), browser=False, module=("grading.tests.ui.echo_serve",)))
"""


class RunningPage:
    """A page and a client that has been let in."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.url = next(line for line in process.stdout if "http://" in line).strip()
        self.client = httpx.Client(
            base_url=self.url.partition("/?")[0], timeout=PATIENCE, trust_env=False, follow_redirects=True
        )

    def state(self) -> Any:
        return self.client.get("/api/state").raise_for_status().json()

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(f"/api/{path}", json=body).raise_for_status().json()

    def wait_for(self, holds: Callable[[Any], object]) -> Any:
        """Wait until the state is as wanted, and return it."""
        end = time.monotonic() + PATIENCE
        while not holds(state := self.state()):
            assert time.monotonic() < end, json.dumps(state, indent=1)
            time.sleep(0.1)
        return state

    def events(self) -> Iterator[Any]:
        """Yield the states that come as server-sent events."""
        with self.client.stream("GET", "/api/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if found := re.match("data: (.*)", line):
                    yield json.loads(found[1])

    def end(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def running_page(folder: Path) -> Iterator[RunningPage]:
    """Run the page of `folder`."""
    process = subprocess.Popen(
        [sys.executable, "-c", _DRIVER, str(folder)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    with process:
        page = RunningPage(process)
        try:
            with page.client:
                page.client.get(page.url).raise_for_status()
                yield page
                if process.poll() is None:
                    page.end()
        finally:
            process.kill()
