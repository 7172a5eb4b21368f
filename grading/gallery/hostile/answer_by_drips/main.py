import asyncio

from attack import instead_of_generate


async def answer(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(20):
        await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
    await send({"type": "http.response.body", "body": b"a"})


app = instead_of_generate(answer)
