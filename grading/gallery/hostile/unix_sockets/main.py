import socket
import struct

from attack import aim, c, must_be_refused
from honest import app as app


def connect(name):
    number = c("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0)
    address = struct.pack("=H", socket.AF_UNIX) + name
    c("connect", number, address, len(address))
    return c("send", number, b"canary", 6, 0)


def send_by_pair(path):
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return ours.sendto(b"canary", path)


if aim:
    must_be_refused(lambda: connect(aim["unix"].encode() + b"\0"))
    must_be_refused(lambda: connect(b"\0" + aim["abstract"].encode()))
    must_be_refused(lambda: send_by_pair(aim["unix"]))
