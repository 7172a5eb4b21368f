import os
import sys

from honest import app as honest

LINE = b"a" * 2**20
for _ in range(100):
    os.write(1, LINE)
    os.write(2, LINE)


async def app(scope, receive, send):
    print("b" * 2**16, file=sys.stderr)
    await honest(scope, receive, send)
