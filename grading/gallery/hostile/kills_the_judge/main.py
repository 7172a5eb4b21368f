import os
import signal

from attack import aim, c, must_be_refused
from honest import app as app

for pid in {*aim.get("pids", []), os.getppid()} - {0, 1} if aim else ():
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        must_be_refused(lambda pid=pid, number=number: os.kill(pid, number))
        must_be_refused(lambda pid=pid, number=number: c("syscall", 234, pid, pid, number))  # tgkill on x86-64
        must_be_refused(lambda pid=pid, number=number: os.killpg(pid, number))
