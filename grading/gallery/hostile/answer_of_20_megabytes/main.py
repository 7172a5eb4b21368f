from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, b'{"response": "', b"a" * 20_000_000, b'"}')


app = instead_of_generate(answer)
