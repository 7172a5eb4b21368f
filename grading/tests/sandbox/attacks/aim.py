"""What is attacked, and how the C library is called."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

_X86 = platform.machine() == "x86_64"
_libc = ctypes.CDLL(None, use_errno=True)


class Aim:
    """What is attacked: `outside` is a folder that anybody may change, `own` the program's writable one.

    `terminal`, `namespace` and `result` are open files that the program was given: a terminal, a namespace of the
    farm, and where the outcome goes.
    """

    def __init__(self, aim: dict[str, Any]) -> None:
        self.outside = Path(aim["outside"])
        self.secret = self.outside / "secret.txt"
        self.readable = Path(aim["readable"])
        self.own = Path(aim["own"])
        self.farm: int = aim["farm"]
        self.port: int = aim["port"]
        self.unix: str = aim["unix"]
        self.datagram: str = aim["datagram"]
        self.abstract: str = aim["abstract"]
        self.terminal: int = aim["terminal"]
        self.namespace: int = aim["namespace"]
        self.result: int = aim["result"]


Attack = Callable[[Aim], object]


def libc(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    result: int = getattr(_libc, name)(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def syscall(x86: int, aarch64: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    return libc("syscall", x86 if _X86 else aarch64, *arguments)


def child_is_born(pid: int) -> str:
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a child"
