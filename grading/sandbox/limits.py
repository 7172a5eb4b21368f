"""Limits of one process (rlimits), and the files that it inherits open."""

from __future__ import annotations

import contextlib
import os
import resource
import stat
from collections.abc import Collection
from pathlib import Path

from grading.sandbox.policy import Policy, SandboxError

# Where the count is not the program's own: more than any desktop's user has, and still 200 MB of the kernel's memory.
SHARED_THREADS = 8192


def mapped() -> int:
    """Return the bytes of address space that this process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def restrict(policy: Policy, inherited: int, own_count: bool) -> None:
    """Set this process's limits for good. Raises OSError or ValueError.

    `inherited`: see `mapped`; `own_count`: it is in a user namespace of its own, where only its own threads count
    (since Linux 5.14).
    """
    limits = {
        resource.RLIMIT_AS: inherited + policy.memory,
        resource.RLIMIT_CPU: policy.cpu_seconds,
        resource.RLIMIT_FSIZE: policy.file_size,
        resource.RLIMIT_NOFILE: policy.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NPROC: policy.threads if own_count else SHARED_THREADS,
    }
    for kind, wanted in limits.items():
        _, hard = resource.getrlimit(kind)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))


def close_files(keep: Collection[int]) -> None:
    """Close every open file but `keep`; standard streams not in it become /dev/null.

    Raises OSError, and SandboxError for a folder in `keep`: it would be a way out of any root.
    """
    for number in keep:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise SandboxError(f"keep_fds has the open folder {number}. Pass files, pipes or sockets only.")
    null = os.open(os.devnull, os.O_RDWR)
    for number in {0, 1, 2}.difference(keep):
        os.dup2(null, number)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - half the time of Path's
        if int(name) > 2 and int(name) not in keep:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(int(name))
