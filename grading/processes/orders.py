"""Orders between trusted processes of the grader: a JSON object in one message, with open files beside it."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from typing import Any

ORDERS = socket.SOCK_SEQPACKET
"""The type of these sockets."""

_LARGEST = 65_536  # bytes
_FILES = 2


def order_sockets() -> tuple[socket.socket, socket.socket]:
    """Return two connected ends; each order sent is one order received."""
    return socket.socketpair(socket.AF_UNIX, ORDERS)


def send_order(to: socket.socket, order: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Send an order and up to two open files, which stay open here. Raises OSError."""
    socket.send_fds(to, [json.dumps(order).encode()], list(files))


def receive_order(source: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for an order and its open files. Raises EOFError if the other end is closed, and OSError."""
    data, files, _, _ = socket.recv_fds(source, _LARGEST, _FILES)
    if not data:
        raise EOFError("its connection is closed")
    return json.loads(data), files
