import os
import signal

from attack import must_be_refused
from honest import app as app

if os.getpid() == 1:
    must_be_refused(lambda: os.kill(-1, signal.SIGKILL))
    must_be_refused(lambda: os.kill(0, signal.SIGTERM))
