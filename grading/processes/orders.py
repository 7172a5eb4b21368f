"""Orders between a fork server and its clients, all of them our own: a JSON object a message, with open files.

    to the server, over its control socket    "attach", with a socket: a new client
    from the server, once it is warm          Ready
    from a client                             Launch, with the child's files, or Signal; the server answers each

The control socket and clients are trusted; a child of the server is not, and holds none of these sockets.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from grading.processes.messages import StrictInt, TypeAdapter, fields, parse_text

T = TypeVar("T")

ORDERS = socket.SOCK_SEQPACKET
"""The type of these sockets: each message sent is one message received."""
_LARGEST = 192 * 1024  # bytes; a whole environment may be in it
_FILES = 4


@dataclass(frozen=True)
class Ready:
    """All is imported; `isolation` as in a result, where children are sandboxed."""

    isolation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Launch:
    """Fork a child; `launch` is the order for it, which each kind of server defines for itself."""

    launch: dict[str, Any]


@dataclass(frozen=True)
class Signal:
    """Send a signal to this child. 0 only asks whether it has ended; SIGKILL ends its session, and waits for that."""

    signal: StrictInt
    pid: StrictInt


@dataclass(frozen=True)
class Answer:
    """To Launch: the child's id, or why there is none. To Signal: how it ended ("exit code 3"); None if it lives."""

    pid: StrictInt | None = None
    error: str = ""
    ended: str | None = None


READY: TypeAdapter[Ready] = TypeAdapter(Ready)
REQUESTS: TypeAdapter[Launch | Signal] = TypeAdapter(Launch | Signal)
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Answer)


def order_sockets() -> tuple[socket.socket, socket.socket]:
    """Return two connected ends."""
    return socket.socketpair(socket.AF_UNIX, ORDERS)


def send_order(to: socket.socket, order: object, files: Sequence[int] = ()) -> None:
    """Send a message and up to four open files, which stay open here. Raises OSError."""
    socket.send_fds(to, [json.dumps(fields(order)).encode()], list(files))


def receive_order(source: socket.socket, orders: TypeAdapter[T]) -> tuple[T, list[int]]:
    """Wait for a message and its open files. Raises EOFError if the other end is closed, BadMessage, and OSError."""
    data, files, _, _ = socket.recv_fds(source, _LARGEST, _FILES)
    if not data:
        raise EOFError("its connection is closed")
    return parse_text(orders, data), files
