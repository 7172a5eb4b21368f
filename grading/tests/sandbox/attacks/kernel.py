"""The kernel, and the sandbox itself."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import struct

from grading.tests.sandbox.attacks.aim import Attack, libc, syscall

_ADMIN = struct.pack("=6I", 1 << 21, 1 << 21, 0, 0, 0, 0)  # CAP_SYS_ADMIN
_SMALL_MAP = struct.pack("=4I", 2, 4, 4, 1).ljust(64, b"\0")  # an array of one number
_CLOCK = struct.pack("=IIQ", 1, 128, 0).ljust(128, b"\0")

KERNEL: dict[str, Attack] = {
    "raise the limit of memory": lambda aim: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "raise the limit of processes": lambda aim: resource.setrlimit(resource.RLIMIT_NPROC, (9999, 9999)),
    "change the farm's limits": lambda aim: resource.prlimit(aim.farm, resource.RLIMIT_CPU, (1, 1)),
    "a new user namespace": lambda aim: libc("unshare", 0x10000000),
    "a new mount namespace": lambda aim: libc("unshare", 0x20000),
    "the farm's namespace": lambda aim: libc("setns", aim.namespace, 0),
    "mount": lambda aim: libc("mount", b"none", bytes(aim.own), b"tmpfs", 0, None),
    "unmount": lambda aim: libc("umount2", b"/proc", 2),
    "another mount call": lambda aim: libc("syscall", 430, b"tmpfs", 0),  # fsopen
    "another root": lambda aim: os.chroot(aim.own),
    "root": lambda aim: os.setuid(0),
    "root's group": lambda aim: os.setgid(0),
    "other groups": lambda aim: os.setgroups([0]),
    "capabilities": lambda aim: libc("capset", b"\x22\x05\x08\x20" + bytes(4), _ADMIN),
    "bpf": lambda aim: syscall(321, 280, 0, _SMALL_MAP, 64),
    "io_uring": lambda aim: libc("syscall", 425, 1, ctypes.create_string_buffer(120)),
    "keys": lambda aim: syscall(250, 219, 0, -3, 1, 0, 0),
    "userfaultfd": lambda aim: syscall(323, 282, 1),
    "performance counters": lambda aim: syscall(298, 241, _CLOCK, 0, -1, -1, 0),
    "personality": lambda aim: syscall(135, 92, 0x0040000),
    "open with a structure": lambda aim: libc("syscall", 437, -100, bytes(aim.secret), bytes(24), 24),
    "type into a terminal": lambda aim: fcntl.ioctl(aim.terminal, 0x5412, b"x"),  # TIOCSTI
    "the hostname": lambda aim: socket.sethostname(socket.gethostname()),
}
