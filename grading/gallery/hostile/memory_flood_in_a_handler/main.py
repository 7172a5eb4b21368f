from attack import instead_of_generate, reply

kept = []


async def answer(send):
    if len(kept) < 5:
        kept.append(b"a" * 400_000_000)
    await reply(send, b'{"response": "ok"}')


app = instead_of_generate(answer)
