from honest import app as honest


async def app(scope, receive, send):
    async def send_more(message):
        if message["type"] == "http.response.start":
            headers = [each for each in message["headers"] if each[0] != b"content-type"]
            message["headers"] = [*headers, (b"content-type", b"application/json; charset=zlib")]
        await send(message)

    await honest(scope, receive, send_more if scope["type"] == "http" else send)
