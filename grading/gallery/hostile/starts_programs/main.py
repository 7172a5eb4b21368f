import multiprocessing
import os
import subprocess
import sys

from attack import aim, must_be_refused
from honest import app as app

if aim:
    must_be_refused(lambda: subprocess.run([sys.executable, "-c", "pass"], check=False))
    must_be_refused(lambda: os.posix_spawn("/bin/true", ["true"], {}))
    must_be_refused(lambda: os.execv("/bin/true", ["true"]))
    must_be_refused(lambda: multiprocessing.get_context("fork").Process(target=print).start())
