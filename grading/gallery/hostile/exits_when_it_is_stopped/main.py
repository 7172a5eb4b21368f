import os

from honest import app as honest


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        os._exit(0)
    await honest(scope, receive, send)
