"""Program's side. Nothing here is trusted: let a program make sockets where its sandbox refuses them."""

from __future__ import annotations

import contextlib
import functools
import socket
from collections.abc import Iterator
from typing import Any


def tolerate_missing_sockets() -> None:
    """Let `socket.socket(AF_INET)` work where a sandbox refuses it; connecting is then refused by the network guard.

    So a program that tries to reach somebody is seen trying, as in the judge's own process.
    """
    init = socket.socket.__init__

    @functools.wraps(init)
    def make(sock: socket.socket, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None) -> None:
        try:
            init(sock, family, type, proto, fileno)
        except PermissionError:
            with _some_socket() as spare:
                init(sock, socket.AF_INET if family == -1 else family, socket.SOCK_STREAM, 0, spare)

    socket.socket.__init__ = make  # type: ignore[assignment,method-assign]


@contextlib.contextmanager
def _some_socket() -> Iterator[int]:
    ours, other = socket.socketpair()
    other.close()
    yield ours.detach()
