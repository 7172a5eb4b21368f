import os

from honest import app as honest

asked = []


async def app(scope, receive, send):
    if scope["type"] == "http":
        asked.append(scope["path"])
        if len(asked) > 1:
            os._exit(0)
    await honest(scope, receive, send)
