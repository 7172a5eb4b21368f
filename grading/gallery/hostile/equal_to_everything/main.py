import json

from attack import instead_of_generate, reply


class Equal(str):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = str.__hash__


async def answer(send):
    await reply(send, json.dumps({Equal("response"): Equal("whatever was expected")}).encode())


app = instead_of_generate(answer)
