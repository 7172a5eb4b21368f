import os

from attack import aim, must_be_refused
from honest import app as app


def fork():
    if os.fork() == 0:
        os._exit(0)
    return "a child"


for _ in range(100 if aim else 0):
    must_be_refused(fork)
