import contextlib
import socket

from attack import aim
from honest import app as app

with contextlib.suppress(OSError):
    socket.create_connection(("127.0.0.1", aim.get("port", 9)), timeout=1).sendall(b"canary")
