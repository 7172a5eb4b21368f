import os
import signal

from attack import instead_of_generate


async def answer(send):
    os.kill(os.getpid(), signal.SIGKILL)


app = instead_of_generate(answer)
