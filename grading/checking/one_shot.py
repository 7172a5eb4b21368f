"""The check daemon where there is no fork (macOS, Windows): a process that runs one check, and then ends.

It listens on a loopback port; a file that only this user can read has the port and a token. The next one gets ready
while the student reads. This module is both ends of the connection: a line with a CheckOrder and the token goes in, the
lines of `judging.lines` come out. When the client closes it, the judge ends.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import threading
from pathlib import Path
from typing import TextIO

from grading.checking.address import START
from grading.checking.orders import ORDERS, CheckOrder
from grading.processes.messages import fields, parse

_WAITING = 2.0  # seconds between two looks whether it is still needed


def ask(place: Path, order: CheckOrder) -> socket.socket:
    """Send a check to the process that listens at `place`. Returns where its lines come. Raises OSError, ValueError."""
    said = json.loads(place.read_text(encoding="utf-8"))
    connection = socket.create_connection(("127.0.0.1", said["port"]), timeout=START)
    connection.sendall(json.dumps({**fields(order), "token": said["token"]}).encode() + b"\n")
    return connection


def listen(place: Path) -> tuple[socket.socket, str]:
    """Return a listening socket and its token; `place` will hold its port and the token. Raises OSError."""
    token, listener = secrets.token_hex(16), socket.create_server(("127.0.0.1", 0))
    place.write_text(json.dumps({"port": listener.getsockname()[1], "token": token}), encoding="utf-8")
    listener.settimeout(_WAITING)
    return listener, token


def receive(connection: socket.socket, token: str) -> tuple[CheckOrder, TextIO]:
    """Return a client's order, and where to write results. Ends this process if it has not the token."""
    connection.settimeout(START)
    stream = connection.makefile("rw", encoding="utf-8", newline="\n")
    said = json.loads(stream.readline())
    if not hmac.compare_digest(said["token"], token):
        os._exit(1)
    connection.settimeout(None)

    def end_with_client() -> None:
        with contextlib.suppress(OSError):
            connection.recv(1)
        os._exit(0)

    threading.Thread(target=end_with_client, daemon=True).start()
    order = parse(ORDERS, said)
    assert isinstance(order, CheckOrder)
    return order, stream
