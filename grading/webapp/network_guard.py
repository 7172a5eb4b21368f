"""Both sides. Refuse and record connections: no test of the suite reaches a network.

This keeps honest programs honest (requests, urllib, aiohttp, sockets: what respx does not see). It does not
stop a hostile one: any code in this process can undo it.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

_LOOPBACK = ("127.0.0.1", "::1")


class NetworkGuard:
    """Records where the program wanted to connect; `attempts` is empty for a well-behaved one."""

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        """Call `tell` with each attempt as well, if it is given."""
        self.attempts: list[str] = []
        self._tell = tell
        self.allowed: set[tuple[str, int]] = set()
        """Host and port of servers that the suite itself runs."""

    def _check(self, host: object, port: object) -> None:
        # Windows has no socketpair; Python makes one, which every event loop needs, by a connection to itself.
        if sys._getframe(2).f_code.co_name in ("socketpair", "_fallback_socketpair") and host in _LOOPBACK:
            return
        if isinstance(host, bytes):  # as anyio passes names
            host = host.decode(errors="replace")
        if (host, port) not in self.allowed:
            self.attempts.append(f"{host}:{port}")
            if self._tell is not None:
                self._tell(f"{host}:{port}")
            raise ConnectionRefusedError("The test suite lets no program reach a network.")

    @contextmanager
    def active(self) -> Iterator[None]:
        """Guard every socket of this process, except Unix sockets, within the block."""
        guard, connect, connect_ex = self, socket.socket.connect, socket.socket.connect_ex
        getaddrinfo = socket.getaddrinfo

        def guarded_connect(sock: socket.socket, address: Any) -> None:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                guard._check(*address[:2])
            connect(sock, address)

        def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
            try:
                if sock.family in (socket.AF_INET, socket.AF_INET6):
                    guard._check(*address[:2])
            except ConnectionRefusedError:
                return errno.ECONNREFUSED
            return connect_ex(sock, address)

        def guarded_getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            guard._check(host, port)
            return getaddrinfo(host, port, *args, **kwargs)

        with (
            mock.patch.object(socket.socket, "connect", guarded_connect),
            mock.patch.object(socket.socket, "connect_ex", guarded_connect_ex),
            mock.patch.object(socket, "getaddrinfo", guarded_getaddrinfo),
        ):
            yield
