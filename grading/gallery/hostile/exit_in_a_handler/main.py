import os

from attack import instead_of_generate


async def answer(send):
    os._exit(0)


app = instead_of_generate(answer)
