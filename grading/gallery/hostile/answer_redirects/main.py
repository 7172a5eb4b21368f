from attack import aim, instead_of_generate, reply


async def answer(send):
    await reply(send, status=307, headers=[(b"location", f"http://127.0.0.1:{aim.get('port', 9)}/".encode())])


app = instead_of_generate(answer)
