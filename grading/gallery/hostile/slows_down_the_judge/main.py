import os
import resource

from attack import aim, must_be_refused
from honest import app as app

for pid in aim.get("pids", []):
    must_be_refused(lambda pid=pid: os.setpriority(os.PRIO_PROCESS, pid, 19))
    must_be_refused(lambda pid=pid: os.sched_setaffinity(pid, {0}))
    must_be_refused(lambda pid=pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3)))
if aim:
    must_be_refused(lambda: resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6)), ValueError)
