from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, *[b"a" * 4_000_000] * 100)


app = instead_of_generate(answer)
