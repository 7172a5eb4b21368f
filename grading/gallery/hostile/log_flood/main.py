import logging

from honest import app as honest


async def app(scope, receive, send):
    if scope["type"] == "http" and scope["path"] == "/generate" and scope["method"] == "POST":
        for _ in range(2_000):
            logging.getLogger("flood").info("a" * 5_000)
    await honest(scope, receive, send)
