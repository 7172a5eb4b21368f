"""The C library's functions and the system calls that Python has no function for. Linux only."""

from __future__ import annotations

import ctypes
import functools
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = b"\x22\x05\x08\x20" + bytes(4)  # _LINUX_CAPABILITY_VERSION_3, this process


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int | bytes | None) -> int:
    """Call the C function `name` and return what it returns. Raises OSError.

    Bytes are passed as a pointer to them. Calls that only have a number (the newer ones have the same on every
    machine) go by `call("syscall", number, ...)`.
    """
    # As long, because C converts a variadic function's int to nothing wider.
    passed = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = getattr(_libc(), name)(*passed)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int, pointer: bytes | None = None) -> None:
    """Change a property of this process. Raises OSError."""
    call("prctl", option, value, 0 if pointer is None else pointer, 0, 0)


def give_up_privileges() -> None:
    """Drop every capability, and never get one or be looked into by a process of the same user. Raises OSError."""
    call("capset", _CAPABILITIES, bytes(24))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)  # no core file either, whatever the machine does with those


def few_arenas() -> None:
    """Keep glibc from reserving 64 MiB of address space, which is limited, for each thread."""
    mallopt = getattr(_libc(), "mallopt", None)  # musl has none, and reserves nothing
    if mallopt is not None:
        mallopt(-8, 2)  # M_ARENA_MAX
