from attack import reply
from honest import app as honest

asked = []


async def app(scope, receive, send):
    if scope["type"] == "http":
        asked.append(scope["path"])
        if len(asked) == 1:
            await reply(send, b"{}", status=500)
            return
    await honest(scope, receive, send)
