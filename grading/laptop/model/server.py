"""The server: it listens on this computer's loopback address only.

with start_server(SmolLM2(weights_path())) as server:
    litellm.completion("llamafile/smollm2", messages, api_base=server.api_base)
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from grading.laptop.model import PortUnavailable
from grading.laptop.model.app import create_app
from grading.laptop.model.engine import Engine
from grading.laptop.model.turns import Turns
from grading.laptop.model.weather import Weather

DEFAULT_PORT = 8080  # where LiteLLM's prefix llamafile/ looks, without any setting


@dataclass(frozen=True)
class ModelServer:
    """A server that runs. `url` has no path; OpenAI clients want `api_base`."""

    port: int
    weather: Weather

    @property
    def url(self) -> str:
        """Where /health and /weather are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_base(self) -> str:
        """What LLAMAFILE_API_BASE has to be for this server."""
        return f"{self.url}/v1"


@contextlib.contextmanager
def start_server(engine: Engine, port: int = 0, weather: Weather | None = None) -> Iterator[ModelServer]:
    """Serve `engine` in a thread of this process until the block ends. Port 0: any that is free.

    Raises PortUnavailable. The engine stays open: whoever made it closes it.
    """
    weather = weather or Weather()
    with listen(port) as listener:
        server = _Server(engine, weather, log_config=None, access_log=False)
        # The socket listens already, so clients that come before the thread is ready just wait.
        thread = threading.Thread(target=server.run, args=([listener],), name="model server", daemon=True)
        thread.start()
        try:
            yield ModelServer(listener.getsockname()[1], weather)
        finally:
            server.should_exit = True
            thread.join()


def run_server(engine: Engine, listener: socket.socket, weather: Weather) -> None:
    """Serve `engine` on `listener` in this thread until Ctrl-C, with a log line for each request."""
    _Server(engine, weather).run([listener])


def listen(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1:`port`. Raises PortUnavailable."""
    if not 0 <= port <= 65535:
        raise PortUnavailable(f"{port} is no port. Choose one from 1024 to 65535.")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # On Windows, REUSEADDR would let another program take a port that is in use.
    name = "SO_EXCLUSIVEADDRUSE" if sys.platform == "win32" else "SO_REUSEADDR"
    try:
        listener.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortUnavailable(_explain(error, port)) from None
    return listener


def _explain(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        how = "Stop the program that has it (an old `grade serve`?) or choose another: see `grade serve --help`."
        return f"Port {port} is in use. {how}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is not allowed to you. Choose one from 1024 to 65535."
    return f"Port {port} could not be opened: {error.strerror}."


class _Server(uvicorn.Server):
    """Uvicorn, and two things that an ASGI application can't do: hang up, and know that the server stops."""

    def __init__(self, engine: Engine, weather: Weather, **settings: Any) -> None:
        self._turns = Turns(engine)
        self._closing = asyncio.Event()
        lines: dict[tuple[str, int], asyncio.Transport] = {}

        class Line(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                lines[transport.get_extra_info("peername")] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                lines.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        def hang_up(request: Request) -> None:
            assert request.client is not None  # TCP always has one
            lines[request.client.host, request.client.port].close()

        app = create_app(self._turns, weather, self._closing, hang_up)
        super().__init__(uvicorn.Config(app, http=Line, ws="none", lifespan="off", **settings))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn waits for the answers that are under way, so first they are told to end."""
        self._closing.set()
        self._turns.stop()
        await super().shutdown(sockets)
        self._turns.close()
