"""Serve the model on this computer's loopback address, and nowhere else.

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
from uvicorn.protocols.http.h11_impl import H11Protocol

from grading.laptop.model import PortUnavailable
from grading.laptop.model.engine import Engine
from grading.laptop.model.proxy import create_app
from grading.laptop.model.weather import Weather

DEFAULT_PORT = 8080  # where LiteLLM's prefix llamafile/ looks, without any setting


@dataclass(frozen=True)
class ModelServer:
    """A running server. `url` has no path; OpenAI clients need `api_base`."""

    port: int
    weather: Weather

    @property
    def url(self) -> str:
        """Base of /health and /weather."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_base(self) -> str:
        """Value of LLAMAFILE_API_BASE for this server."""
        return f"{self.url}/v1"


@contextlib.contextmanager
def start_server(engine: Engine, port: int = 0, weather: Weather | None = None) -> Iterator[ModelServer]:
    """Serve `engine` from a thread of this process until the block ends. Port 0: any free one.

    Raises PortUnavailable. The engine stays open: its owner closes it, afterwards.
    """
    weather = weather or Weather()
    with listen(port) as listener:
        server = _Server(engine, weather, log_config=None, access_log=False)
        # The socket listens already: clients that connect before the thread is ready just wait.
        thread = threading.Thread(target=server.run, args=([listener],), name="model server", daemon=True)
        thread.start()
        try:
            yield ModelServer(listener.getsockname()[1], weather)
        finally:
            server.should_exit = True
            thread.join()


def run_server(engine: Engine, listener: socket.socket, weather: Weather) -> None:
    """Serve `engine` on `listener` from this thread until Ctrl-C, and log each request."""
    _Server(engine, weather).run([listener])


def listen(port: int) -> socket.socket:
    """Open a socket that listens on 127.0.0.1:`port`. Raises PortUnavailable."""
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


class _Connection(H11Protocol):
    """A connection that the application can close without an answer, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "connection": transport}  # is copied to scope["state"]
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """Uvicorn, but it hangs up on its clients when it stops: the answers under way may take minutes."""

    def __init__(self, engine: Engine, weather: Weather, **settings: Any) -> None:
        app = create_app(engine, weather)
        super().__init__(uvicorn.Config(app, http=_Connection, ws="none", lifespan="on", **settings))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in self.server_state.connections:
            connection.transport.close()
        await super().shutdown(sockets)
