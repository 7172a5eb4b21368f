from attack import frame, host, write
from honest import app as honest


async def app(scope, receive, send):
    serving = host()
    if scope["type"] == "http" and serving and serving._logging:
        for _ in range(300):
            write(frame({"log": "flood", "text": "a" * 250_000}))
    await honest(scope, receive, send)
