import socket
import struct

from attack import aim, c, must_be_refused
from honest import app as app


def connect():
    number = c("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", aim["port"], socket.inet_aton("127.0.0.1"))
    c("connect", number, address, len(address))
    return c("send", number, b"canary", 6, 0)


if aim:
    must_be_refused(connect)
