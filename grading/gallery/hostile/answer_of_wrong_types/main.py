from attack import instead_of_generate


async def answer(send):
    await send({"type": "http.response.body", "body": "text", "more_body": None})
    await send({"type": "http.response.start", "status": "200", "headers": [("a", 5)]})
    await send({"type": "lifespan.startup.complete"})
    await send({})


app = instead_of_generate(answer)
