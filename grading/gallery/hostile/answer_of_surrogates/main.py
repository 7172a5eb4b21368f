from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, b'{"response": "\\ud800\\udfff", "\\ud800": "\xed\xa0\x80"}')


app = instead_of_generate(answer)
