"""Serve the page until Ctrl-C, on this computer's loopback address only."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from grading.laptop.model import PortUnavailable
from grading.laptop.model.server import listen
from grading.ui.app import create_app
from grading.ui.guard import Guard
from grading.ui.own_app import SERVE


class _Server(uvicorn.Server):
    """Uvicorn waits for open connections at its end: the pages' event streams must be closed first."""

    def __init__(self, folder: Path, port: int, token: str, module: Sequence[str]) -> None:
        self._app = create_app(folder, module)
        config = uvicorn.Config(Guard(self._app, port, token), log_config=None, timeout_graceful_shutdown=3, ws="none")
        super().__init__(config)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._app.state.feed.close()
        await super().shutdown(sockets)  # type: ignore[arg-type]


def serve_page(folder: Path, *, port: int = 0, browser: bool = True, module: Sequence[str] = SERVE) -> int:
    """Serve the page of a student's folder on `port` (0: any free one) until Ctrl-C, and open it in the browser.

    `module` serves the student's app, see OwnApp. Returns the exit code: 0, or 2 and a sentence on stderr if the port
    is taken.
    """
    token = secrets.token_urlsafe(24)
    try:
        listener = listen(port)
    except PortUnavailable as problem:
        print(problem, file=sys.stderr)
        return 2
    with listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}/?token={token}"
        print(f"Your page, for this computer only:\n  {url}\nCtrl-C here ends it.", flush=True)
        server = _Server(folder, port, token, module)
        if hasattr(signal, "SIGHUP"):  # the terminal was closed; uvicorn looks after the other signals
            signal.signal(signal.SIGHUP, lambda *_: setattr(server, "should_exit", True))
        if browser and _has_screen():
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        try:
            server.run([listener])
        except KeyboardInterrupt:  # uvicorn raises the signal again, once all is closed
            print("Stopped.")
    return 0


def _has_screen() -> bool:
    """Return whether a browser has a window to open; without one, Python may find one that takes over the terminal."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
