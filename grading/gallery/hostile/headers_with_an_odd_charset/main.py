from honest import app as honest


async def app(scope, receive, send):
    async def send_more(message):
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value.replace(b"application/json", b"application/json; charset=zlib"))
                for name, value in message["headers"]
            ]
        await send(message)

    await honest(scope, receive, send_more if scope["type"] == "http" else send)
