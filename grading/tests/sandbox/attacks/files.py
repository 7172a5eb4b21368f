"""Files and folders that are not the program's."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

from grading.tests.sandbox.attacks.aim import Aim, Attack, libc, syscall

FILES: dict[str, Attack] = {
    "read a file outside": lambda aim: aim.secret.read_text(),
    "read it through /proc/self/root": lambda aim: Path(f"/proc/self/root{aim.secret}").read_text(),
    "read it through /proc of the farm": lambda aim: Path(f"/proc/{aim.farm}/root{aim.secret}").read_text(),
    "read the farm's environment": lambda aim: Path(f"/proc/{aim.farm}/environ").read_bytes(),
    "read the farm's memory": lambda aim: os.open(f"/proc/{aim.farm}/mem", os.O_RDWR),
    "read the password file": lambda aim: Path("/etc/passwd").read_text(),
    "read it with dots": lambda aim: (aim.readable / ".." / aim.outside.name / "secret.txt").read_text(),
    "read it by a link": lambda aim: (aim.readable / "link").read_text(),
    "leave its control group": lambda aim: _control_group().write_text("0"),
    "list a folder outside": lambda aim: list(aim.outside.iterdir()),
    "list processes": lambda aim: list(Path("/proc").iterdir()),
    "write to a file outside": lambda aim: aim.secret.write_text("forged"),
    "append to a file outside": lambda aim: os.write(os.open(aim.secret, os.O_WRONLY | os.O_APPEND), b"forged"),
    "change its own files": lambda aim: (aim.readable / "main.py").write_text("forged"),
    "make a file outside": lambda aim: (aim.outside / "new").touch(),
    "make a file beside its own": lambda aim: (aim.readable / "new").touch(),
    "make an unnamed file outside": lambda aim: os.open(aim.outside, os.O_TMPFILE | os.O_RDWR),
    "make a folder outside": lambda aim: (aim.outside / "new").mkdir(),
    "make a fifo outside": lambda aim: os.mkfifo(aim.outside / "new"),
    "make a device": lambda aim: os.mknod(aim.own / "new", 0o20666, os.makedev(1, 3)),
    "make a link outside": lambda aim: (aim.outside / "new").symlink_to("/"),
    "link to a file outside": lambda aim: os.link(aim.secret, aim.own / "new"),
    "remove a file outside": lambda aim: aim.secret.unlink(),
    "remove its own files": lambda aim: (aim.readable / "main.py").unlink(),
    "rename a file outside": lambda aim: aim.secret.rename(aim.outside / "new"),
    "truncate a file outside": lambda aim: os.truncate(aim.secret, 0),
    "truncate its own files": lambda aim: os.truncate(aim.readable / "main.py", 0),
    "truncate by opening to read": lambda aim: os.open(aim.readable / "main.py", os.O_RDONLY | os.O_TRUNC),
    "watch a folder outside": lambda aim: libc("inotify_init1", 0),
    "name a file by handle": lambda aim: _handle(aim),
    "set an attribute": lambda aim: os.setxattr(aim.secret, "user.attack", b"forged"),
    "open a terminal": lambda aim: os.open("/dev/tty", os.O_RDWR),
    "open a new pseudo-terminal": lambda aim: os.open("/dev/ptmx", os.O_RDWR),
    "use shared memory in /dev/shm": lambda aim: _make_and_remove(Path(f"/dev/shm/grading-attack-{os.getpid()}")),
}


def _control_group() -> Path:
    first = Path("/sys/fs/cgroup/pids/cgroup.procs")
    return first if first.exists() else Path("/sys/fs/cgroup/cgroup.procs")


def _handle(aim: Aim) -> int:
    handle = ctypes.create_string_buffer(struct.pack("=I", 128) + bytes(132))
    return syscall(303, 264, -100, bytes(aim.secret), handle, ctypes.create_string_buffer(8), 0)


def _make_and_remove(path: Path) -> str:
    path.write_text("attack")
    path.unlink()
    return "made"


# Answered with success, but nothing happens.
UNTOUCHED: dict[str, Attack] = {
    "chmod": lambda aim: aim.secret.chmod(0o000),
    "chmod by descriptor": lambda aim: _chmod_own(aim),
    "chown": lambda aim: os.chown(aim.secret, os.getuid(), os.getgid()),
    "utime": lambda aim: os.utime(aim.secret, (0, 0)),
    "utime of its own files": lambda aim: os.utime(aim.readable / "main.py", (0, 0)),
}


def _chmod_own(aim: Aim) -> None:
    with (aim.readable / "main.py").open() as file:
        os.fchmod(file.fileno(), 0o000)
