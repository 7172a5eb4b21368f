import os
import threading

from honest import app as honest


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        threading.Timer(0.01, os._exit, (0,)).start()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await honest(scope, receive, send)
