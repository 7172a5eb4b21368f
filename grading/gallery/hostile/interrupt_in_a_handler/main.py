from attack import instead_of_generate


async def answer(send):
    raise KeyboardInterrupt


app = instead_of_generate(answer)
