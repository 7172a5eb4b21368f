import asyncio


async def app(scope, receive, send):
    await asyncio.sleep(3_600)
