"""Put an app that is already running in this process behind uvicorn, for real connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from grading.asgi_host import AppHost


@dataclass(frozen=True)
class LiveServer:
    """A server on this computer."""

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(host: AppHost) -> Iterator[LiveServer]:
    """Serve the host's app on a free port, in the event loop in which its lifespan runs."""
    server = uvicorn.Server(
        uvicorn.Config(
            host.app, interface="asgi3", host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
        )
    )

    async def start() -> tuple[int, asyncio.Task[None]]:
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():
            await asyncio.sleep(0.002)
        return server.servers[0].sockets[0].getsockname()[1], task

    async def stop(task: asyncio.Task[None]) -> None:
        server.should_exit = True
        await task

    port, task = host.run(start())
    try:
        yield LiveServer(port)
    finally:
        host.run(stop(task))
