from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, *[b"a" * 1_000_000] * 200)


app = instead_of_generate(answer)
