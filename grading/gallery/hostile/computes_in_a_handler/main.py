from attack import instead_of_generate


async def answer(send):
    while True:
        pass


app = instead_of_generate(answer)
