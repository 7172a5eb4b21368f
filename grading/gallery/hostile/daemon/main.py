import os
import time

from attack import aim, must_be_refused
from honest import app as app


def daemon():
    pid = os.fork()
    if pid == 0:
        os.setsid()
        time.sleep(120)
        os._exit(0)
    return pid


if aim:
    must_be_refused(daemon)
    must_be_refused(os.setsid)
