from attack import instead_of_generate, reply


async def answer(send):
    await reply(send, status=301, headers=[(b"location", b"http://[::1:\xff/\x00"), (b"location", b"//\xe4:99999999")])


app = instead_of_generate(answer)
