"""Landlock: the process itself gives up files, TCP, foreign signals and abstract sockets. Needs no privilege.

Bits and structures as in linux/landlock.h. Each version of its ABI (kernel 5.13: 1, 6.8: 4, 6.12: 6) refuses more;
what an older one leaves open (truncating, Unix sockets by path), the seccomp filter closes.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from grading.sandbox import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_CHANGE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_FILE_RIGHTS = _READ_FILE | _WRITE_FILE | _TRUNCATE
_HANDLED = {0: 0, 1: 2**13 - 1, 2: 2**14 - 1, 3: 2**15 - 1, 4: 2**15 - 1}
_HANDLED_FROM_5 = 2**16 - 1  # with ioctl on devices
_TCP_BIND_AND_CONNECT = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3


def abi() -> int:
    """Return the version of the kernel's Landlock, 0 if it has none or it is turned off."""
    try:
        return kernel.call("syscall", _CREATE_RULESET, None, 0, 1)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], changeable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Allow reading below `readable`, making and removing files too below `changeable`, and writing to the files
    `writable`; refuse everything else, for good.

    Needs no_new_privs. Raises OSError, also if a path does not exist.
    """
    version = abi()
    handled = _HANDLED.get(version, _HANDLED_FROM_5)
    network = _TCP_BIND_AND_CONNECT if version >= 4 else 0
    scope = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    rules = kernel.call("syscall", _CREATE_RULESET, struct.pack("=QQQ", handled, network, scope), 24, 0)
    try:
        for paths, rights in ((readable, _READ), (changeable, _CHANGE), (writable, _FILE_RIGHTS)):
            for path in paths:
                _allow(rules, path, rights & handled)
        kernel.call("syscall", _RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _FILE_RIGHTS
        kernel.call("syscall", _ADD_RULE, rules, 1, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)
