"""See which processes a test has started, by whatever detour, and that none of them is left. Linux only."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from grading.sandbox import kernel

PATIENCE = 30.0


def descendants(of: int) -> dict[int, list[str]]:
    """Return the running processes below this one: process id to the fields of /proc/PID/stat after the name."""
    found: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            found[int(path.parent.name)] = path.read_text(errors="replace").rpartition(")")[2].split()
    below, size = {of}, 0
    while len(below) > size:
        size = len(below)
        below |= {pid for pid, fields in found.items() if int(fields[1]) in below}
    return {pid: found[pid] for pid in below - {of} if pid in found and found[pid][0] not in "ZX"}


@contextlib.contextmanager
def none_left() -> Iterator[None]:
    """Demand that every process that was started within the block has ended soon after it.

    Orphans become children of this process, so that none of them can hide.
    """
    before = descendants(os.getpid())
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
        give_up = time.monotonic() + PATIENCE
        while left := {pid: row for pid, row in descendants(os.getpid()).items() if pid not in before}:
            assert time.monotonic() < give_up, {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left}
            time.sleep(0.05)
    finally:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 0)
        for path in Path("/proc").glob("[0-9]*/stat"):  # dead orphans, which nobody else would let go of
            with contextlib.suppress(OSError):
                fields = path.read_text(errors="replace").rpartition(")")[2].split()
                if fields[0] == "Z" and int(fields[1]) == os.getpid() and int(path.parent.name) not in before:
                    os.waitpid(int(path.parent.name), os.WNOHANG)


class Memory(threading.Thread):
    """Looks again and again how much memory each child of a process has used at most."""

    def __init__(self, parent: int) -> None:
        super().__init__(daemon=True)
        self.largest = 0
        """Bytes."""
        self._parent = parent
        self._over = threading.Event()

    def run(self) -> None:
        children = Path(f"/proc/{self._parent}/task/{self._parent}/children")
        while not self._over.wait(0.05):
            with contextlib.suppress(OSError):
                for pid in children.read_text().split():
                    self.largest = max(self.largest, peak(int(pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def peak(pid: int) -> int:
    """Return how much memory this process has used at most, in bytes; 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
