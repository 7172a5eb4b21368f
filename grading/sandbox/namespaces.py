"""Namespaces: a root of its own that has what the program may read and nothing else, no network, no other process."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from grading.sandbox.kernel import PR_SET_DUMPABLE, call, prctl

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 1 << 17, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 2, 4, 8, 1 << 12, 1 << 14, 1 << 18
_DETACH = 2
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_READ_ONLY_NOSUID = struct.pack("=QQQQ", 1 | 2, 0, 0, 0)
_INODES = 4096

DEVICES = (Path("/dev/null"), Path("/dev/urandom"))
"""What a program may open below /dev."""


def leave_the_machine() -> None:
    """Get namespaces without network, System V IPC and, for the next child, other processes. Raises OSError.

    An ordinary user needs a user namespace for that, in which it has every capability until it gives them up.
    """
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", _NEWPID | _NEWNET | _NEWIPC | _NEWUTS | (_NEWUSER if uid else 0))
    if uid:
        prctl(PR_SET_DUMPABLE, 1)  # else these files are root's
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    socket.sethostname("student")


def count_alone() -> bool:
    """Enter a user namespace just so that RLIMIT_NPROC counts this process alone. Returns whether it worked."""
    try:
        call("unshare", _NEWUSER)
    except OSError:
        return False
    return True


def change_root(readable: Iterable[Path], writable: Path | None, space: int) -> None:
    """Make a new root with `readable` at the same places, read-only, and a tmpfs at `writable`. Raises OSError.

    There is no /proc in it: whatever a program finds there is not its business.
    """
    trees = [(path, path.resolve(strict=True)) for path in readable]
    call("unshare", _NEWNS)
    call("mount", b"none", b"/", None, _REC | _PRIVATE, None)
    # Any folder that exists everywhere will do as the place of the new root.
    options = f"size={space},nr_inodes={_INODES}".encode()
    call("mount", b"tmpfs", b"/proc", b"tmpfs", _NOSUID | _NODEV, options + b",mode=755")
    os.chdir("/proc")
    Path("old").mkdir()
    call("pivot_root", b".", b"old")
    os.chdir("/")
    bound: list[Path] = []
    for real in sorted(real for _, real in trees):
        if not any(real.is_relative_to(tree) for tree in bound):
            _show(real)
            _make_read_only(real)
            bound.append(real)
    for path, real in sorted(trees):
        if not os.path.lexists(path):  # a name that leads there by a link, as /lib does
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(real)
    for device in DEVICES:
        _show(device)
    if writable:
        writable.mkdir(parents=True, exist_ok=True)
    call("umount2", b"/old", _DETACH)
    Path("/old").rmdir()
    _make_read_only(Path("/"))
    if writable:
        call("mount", b"tmpfs", os.fsencode(writable), b"tmpfs", _NOSUID | _NODEV | _NOEXEC, options + b",mode=1777")


def _show(path: Path) -> None:
    """Bind the old root's `path` to the same place of the new one, with all that is mounted below it."""
    source = Path("/old", *path.parts[1:])
    if source.is_dir():
        path.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    call("mount", os.fsencode(source), os.fsencode(path), None, _BIND | _REC, None)


def _make_read_only(tree: Path) -> None:
    call("syscall", _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(tree), _AT_RECURSIVE, _READ_ONLY_NOSUID, 32)


def change_user(uid: int) -> None:
    """Stop being root: become `uid`, with the group of the same number and no other. Raises OSError."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
