from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, b'{"response": [' + b"9" * 1_000_000 + b", 1e999999, NaN, -Infinity]}")


app = instead_of_generate(answer)
