import asyncio

from attack import instead_of_generate


async def answer(send):
    await asyncio.sleep(3_600)


app = instead_of_generate(answer)
