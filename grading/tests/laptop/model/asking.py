"""Questions to the model server."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from grading.laptop.model.server import ModelServer
from grading.tests.laptop.model.llama_double import PATIENCE, PIECES

QUESTION = {"model": "smollm2", "messages": [{"role": "user", "content": "Grüß 👋"}]}
TEXT = "".join(PIECES)


def ask(client: httpx.Client, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    return client.post("/v1/chat/completions", json=QUESTION | more, headers=headers)


def send(client: httpx.Client, body: bytes | Iterator[bytes]) -> httpx.Response:
    return client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})


def has_arrived(client: httpx.Client) -> None:
    """Wait until the request for which the weather was set (`times`: 1) has reached the server."""
    while client.get("/weather").json()["times"] is not None:
        pass


def events(response: httpx.Response) -> list[str]:
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = response.text.split("\n\n")
    assert lines.pop() == ""
    assert all(line.startswith("data: ") for line in lines)
    return [line.removeprefix("data: ") for line in lines]


def error_of(response: httpx.Response) -> dict[str, Any]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return dict(error)


def connect(server: ModelServer, **more: Any) -> socket.socket:
    """Send a question by hand, so that the connection can be dropped at any time."""
    body = json.dumps(QUESTION | more).encode()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
    return connection


STYLES = ["completion", "stream", "acompletion", "astream"]

Student = Callable[..., dict[str, Any]]
