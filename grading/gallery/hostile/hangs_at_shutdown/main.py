import asyncio

from honest import app as honest


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.sleep(3_600)
    await honest(scope, receive, send)
