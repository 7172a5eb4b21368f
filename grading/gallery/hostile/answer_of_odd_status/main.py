from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, b"{}", status=99)


app = instead_of_generate(answer)
