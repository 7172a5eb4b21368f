"""Judge's side. Trusts nothing that it receives: put an app that runs behind uvicorn, for real connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
import uvicorn.lifespan.off  # this one and the next two it would import when the first server starts
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.auto

from grading.webapp.asgi_server import GRACE, AppServer


@dataclass(frozen=True)
class LiveServer:
    """A server on this computer."""

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(host: AppServer) -> Iterator[LiveServer]:
    """Serve the host's app on a free port, in the event loop in which its lifespan runs."""
    server = uvicorn.Server(
        uvicorn.Config(
            host.app, interface="asgi3", host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
        )
    )

    async def start() -> int:
        # What Server.serve() does, without its loop, which looks for the end ten times a second, and its last sleep.
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup()
        await server.on_tick(0)  # the headers Date and Server
        port: int = server.servers[0].sockets[0].getsockname()[1]
        return port

    async def stop() -> None:
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        end = time.monotonic() + GRACE
        while server.server_state.tasks and time.monotonic() < end:
            await asyncio.sleep(0.002)

    port = host.run(start())
    try:
        yield LiveServer(port)
    finally:
        host.run(stop())
