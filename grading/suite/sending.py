"""How the suite's requests are sent, where that matters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

import httpx

from grading.webapp.asgi_server import Sending
from grading.webapp.client import SENDING

if TYPE_CHECKING:
    from grading.provider.provider import Provider

AT_ONCE = {SENDING: Sending(waits=False)}
"""The extensions of a request: its answer comes at once, and what it leaves behind goes on as for a user."""


def send_together(
    pool: Executor, client: httpx.Client, path: str, messages: Sequence[str]
) -> list[Future[httpx.Response]]:
    """POST each message from a thread of `pool`; they begin at the same moment, however quick the computer is."""
    together = {SENDING: Sending(len(messages))}
    return [pool.submit(client.post, path, json={"message": each}, extensions=together) for each in messages]


def one_after_the_other(
    client: httpx.Client, provider: Provider, messages: Sequence[str]
) -> Iterator[tuple[str, httpx.Response]]:
    """POST each message to /generate right after the answer to the one before. Yields it with its own answer."""
    for message in messages:
        provider.forget()
        yield message, client.post("/generate", json={"message": message}, extensions=AT_ONCE)
    client.get("/")  # what these left behind ends here
    provider.forget()


def is_in_parts(body: str) -> bool:
    """Whether a request to the model has a list of parts as its last content: LiteLLM hands on what it gets."""
    try:
        return isinstance(json.loads(body)["messages"][-1]["content"], list)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
