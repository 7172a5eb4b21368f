"""Using too much. Each returns how far it came."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import threading
import time

from grading.tests.sandbox.attacks.aim import Aim, Attack


def _memory(aim: Aim) -> int:
    taken: list[bytearray] = []
    with contextlib.suppress(MemoryError):
        while len(taken) < 160:
            taken.append(bytearray(2**20))
    return len(taken) * 2**20


def _shared_memory(aim: Aim) -> int:
    taken: list[mmap.mmap] = []
    with contextlib.suppress(OSError, MemoryError):
        while len(taken) < 160:
            taken.append(mmap.mmap(-1, 2**20))
    return len(taken) * 2**20


def _large_file(aim: Aim) -> int:
    with (aim.own / "large").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.tell() < 2**26:
            file.write(bytes(2**20))
    return (aim.own / "large").stat().st_size


def _many_files(aim: Aim) -> int:
    total = 0
    with contextlib.suppress(OSError):
        while total < 2**26:
            total += (aim.own / str(total)).write_bytes(bytes(2**20))
    return total


def _empty_files(aim: Aim) -> int:
    made = 0
    with contextlib.suppress(OSError):
        while made < 4_500:
            (aim.own / str(made)).touch()
            made += 1
    return made


def _open_files(aim: Aim) -> int:
    taken: list[int] = []
    with contextlib.suppress(OSError):
        while len(taken) < 500:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    return len(taken)


def _threads(aim: Aim) -> int:
    done = threading.Event()
    threading.stack_size(2**16)
    threads = [threading.Thread(target=done.wait) for _ in range(300)]
    started = 0
    with contextlib.suppress(RuntimeError):
        for thread in threads:
            thread.start()
            started += 1
    done.set()
    return started


def _processor_time(aim: Aim) -> float:
    for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(each, signal.SIG_IGN)
    while time.process_time() < 1.5:
        pass
    return 1.5


FLOODS: dict[str, Attack] = {
    "memory": _memory,
    "shared memory": _shared_memory,
    "a large file": _large_file,
    "many files": _many_files,
    "many empty files": _empty_files,
    "open files": _open_files,
    "threads": _threads,
    "processor time": _processor_time,
}
