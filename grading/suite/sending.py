"""How the suite's requests are sent, where that matters."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future

import httpx

from grading.webapp.asgi_server import Sending
from grading.webapp.client import SENDING

AT_ONCE = {SENDING: Sending(waits=False)}
"""The extensions of a request: its answer comes at once, and what it leaves behind goes on as for a user."""


def send_together(
    pool: Executor, client: httpx.Client, path: str, messages: Sequence[str]
) -> list[Future[httpx.Response]]:
    """POST each message from a thread of `pool`; they begin at the same moment, however quick the computer is."""
    together = {SENDING: Sending(len(messages))}
    return [pool.submit(client.post, path, json={"message": each}, extensions=together) for each in messages]
