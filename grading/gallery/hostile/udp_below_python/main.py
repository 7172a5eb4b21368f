import socket
import struct

from attack import aim, c, must_be_refused
from honest import app as app


def send():
    number = c("socket", socket.AF_INET, socket.SOCK_DGRAM, 0)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", aim["udp"], socket.inet_aton("127.0.0.1"))
    return c("sendto", number, b"canary", 6, 0, address, len(address))


if aim:
    must_be_refused(send)
