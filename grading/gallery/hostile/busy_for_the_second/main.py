import json

from honest import app as honest

busy = False


async def app(scope, receive, send):
    """Ask the model for each user, but answer the second of two at the same time with 503."""
    global busy
    if scope["type"] != "http" or scope["path"] != "/generate":
        await honest(scope, receive, send)
        return
    refused, busy = busy, True

    async def answer(message):
        if refused and message["type"] == "http.response.start":
            message = {**message, "status": 503, "headers": [(b"content-type", b"application/json")]}
        elif refused:
            message = {**message, "body": json.dumps({"detail": "busy"}).encode()}
        await send(message)

    try:
        await honest(scope, receive, answer)
    finally:
        busy = refused
