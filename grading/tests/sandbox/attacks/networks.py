"""Networks, sockets and servers."""

from __future__ import annotations

import socket
from typing import Any

from grading.tests.sandbox.attacks.aim import Aim, Attack


def _connect(family: int, address: Any, kind: int = socket.SOCK_STREAM) -> str:
    with socket.socket(family, kind) as connection:
        connection.settimeout(2)
        connection.connect(address)
        connection.send(b"attack")
    return "connected"


def _listen(family: int, address: Any) -> str:
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
    return "listening"


def _by_pair(aim: Aim) -> str:
    """Use a socket of a pair, which needs no call of socket(), to reach a server."""
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendto(b"attack", aim.datagram)
    return "sent"


def _bind_pair(aim: Aim) -> str:
    ours, _ = socket.socketpair()
    ours.bind(str(aim.own / "server"))
    return "bound"


NETWORKS: dict[str, Attack] = {
    "TCP": lambda aim: _connect(socket.AF_INET, ("127.0.0.1", aim.port)),
    "TCP version 6": lambda aim: _connect(socket.AF_INET6, ("::1", aim.port)),
    "UDP": lambda aim: _connect(socket.AF_INET, ("127.0.0.1", aim.port), socket.SOCK_DGRAM),
    "a Unix socket by path": lambda aim: _connect(socket.AF_UNIX, aim.unix),
    "an abstract Unix socket": lambda aim: _connect(socket.AF_UNIX, aim.abstract),
    "a pair's datagram": _by_pair,
    "a pair as a server": _bind_pair,
    "netlink": lambda aim: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "vsock": lambda aim: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
    "raw packets": lambda aim: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "the kernel's ciphers": lambda aim: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET, 0),
    "listen on a port": lambda aim: _listen(socket.AF_INET, ("127.0.0.1", 0)),
    "listen on a path": lambda aim: _listen(socket.AF_UNIX, str(aim.own / "server")),
    "listen on an abstract name": lambda aim: _listen(socket.AF_UNIX, aim.abstract + "2"),
}
