import asyncio

from attack import instead_of_generate


async def answer(send):
    asyncio.get_running_loop().stop()


app = instead_of_generate(answer)
