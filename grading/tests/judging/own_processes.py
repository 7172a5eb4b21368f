"""Which processes of a program run."""

from __future__ import annotations

import contextlib
import os
import select
from pathlib import Path

CHILD = """
import os, subprocess, sys
if hasattr(os, "mkfifo") and {fifo!r}:
    fifo = os.open({fifo!r}, os.O_WRONLY)
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"], pass_fds=[fifo])
    os.write(fifo, b"started;")
"""
SIGNAL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
HANG = "import ctypes\nctypes.PyDLL(None).sleep(60)\n"  # in C code that lets no thread of Python's run


class Processes:
    """Sees by a named pipe which processes of a program run: the system ends the pipe after the last of them."""

    def __init__(self, path: Path) -> None:
        self.program = ""
        if hasattr(os, "mkfifo"):
            os.mkfifo(path)
            self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self.program = CHILD.format(fifo=str(path))

    def started(self) -> bool:
        if not self.program:
            return True
        with contextlib.suppress(BlockingIOError):
            return b"started;" in os.read(self._pipe, 4096)
        return False

    def none_left(self) -> bool:
        """Wait until all have ended; False if some are still there half a minute later."""
        if not self.program:
            return True
        while select.select([self._pipe], [], [], 30)[0]:
            if not os.read(self._pipe, 4096):  # else one says, as the second of two, that it has started
                return True
        return False

    def close(self) -> None:
        if self.program:
            os.close(self._pipe)
