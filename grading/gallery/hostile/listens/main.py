import socket
import struct

from attack import aim, c, must_be_refused
from honest import app as app


def listen():
    number = c("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=H", socket.AF_INET) + bytes(14)
    c("bind", number, address, len(address))
    return c("listen", number, 1)


if aim:
    must_be_refused(listen)
