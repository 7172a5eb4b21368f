"""Orders between a fork server and its clients, all of them our own: a JSON object a message, with open files.

    to the server, over its control socket      "attach", with a socket: a new client
    from a client                               Launch, with the child's files; the answer: Launched or Refused
                                                Poll or Signal for a child of this client; the answer: Ended
    from the server, when it is warm            Ready

The control socket and clients are trusted; a child of the server is not, and holds none of these sockets.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from grading.processes.messages import StrictInt, TypeAdapter, fields, parse_text

T = TypeVar("T")

ORDERS = socket.SOCK_SEQPACKET
"""The type of these sockets: each message sent is one message received."""
_LARGEST = 192 * 1024  # bytes; a whole environment may be in it
_FILES = 4


@dataclass(frozen=True)
class Ready:
    """The server has imported everything; `isolation` as in a result, where its children are sandboxed."""

    isolation: dict[str, Any]


@dataclass(frozen=True)
class Launch:
    """Fork a child; `launch` is the order for it, which each kind of server defines for itself."""

    launch: dict[str, Any]


@dataclass(frozen=True)
class Poll:
    """Has this child ended?"""

    poll: StrictInt


@dataclass(frozen=True)
class Signal:
    """Send a signal to this child; SIGKILL ends all of its session, and is answered when it has ended."""

    signal: StrictInt
    pid: StrictInt


@dataclass(frozen=True)
class Launched:
    """The child has been forked."""

    pid: StrictInt


@dataclass(frozen=True)
class Refused:
    """It has not, and why."""

    error: str


@dataclass(frozen=True)
class Ended:
    """How a child ended, for example "exit code 3"; None if it lives."""

    ended: str | None


READY: TypeAdapter[Ready] = TypeAdapter(Ready)
REQUESTS: TypeAdapter[Launch | Poll | Signal] = TypeAdapter(Launch | Poll | Signal)
ANSWERS: TypeAdapter[Launched | Refused | Ended] = TypeAdapter(Launched | Refused | Ended)


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
