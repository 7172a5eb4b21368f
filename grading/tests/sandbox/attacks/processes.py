"""Other processes: starting, ending and reading them."""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess

from grading.tests.sandbox.attacks.aim import Aim, Attack, child_is_born, libc, syscall


def _fork_like(flags: int) -> str:
    return child_is_born(syscall(56, 220, flags | signal.SIGCHLD, None, None, None, None))


def _clone3(aim: Aim) -> str:
    arguments = array.array("Q", [0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0])
    return child_is_born(libc("syscall", 435, arguments.tobytes(), 64))


def _shell(aim: Aim) -> str:
    if libc("system", b"true"):
        raise OSError(errno.EPERM, "the C library could not start a shell")
    return "a shell"


def _signal_by_pidfd(aim: Aim) -> int:
    return libc("syscall", 424, libc("syscall", 434, aim.farm, 0), signal.SIGKILL, None, 0)


def _file_by_pidfd(aim: Aim) -> int:
    return libc("syscall", 438, libc("syscall", 434, aim.farm, 0), 0, 0)


def _queue_signal(aim: Aim) -> int:
    information = struct.pack("=iii", signal.SIGKILL, 0, -1)  # SI_QUEUE
    return syscall(129, 138, aim.farm, signal.SIGKILL, information.ljust(128, b"\0"))


def _system_v(kind: str, *arguments: int) -> str:
    number = libc(f"{kind}get", 0, *arguments)
    libc(f"{kind}ctl", number, *((0, 0) if kind == "sem" else (0,)), None)  # IPC_RMID: nothing cleans up after us
    return kind


def _posix_queue(aim: Aim) -> str:
    syscall(240, 180, b"grading-attack", 0o102, 0o600, None)
    syscall(241, 181, b"grading-attack")
    return "a queue"


def _signal_by_owner(aim: Aim) -> str:
    """Ask the kernel to send SIGKILL to the farm as soon as a socket can be read."""
    ours, theirs = socket.socketpair()
    fcntl.fcntl(ours, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(ours, fcntl.F_SETOWN, aim.farm)
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC)
    theirs.send(b"x")
    return "owner set"


def _move_memory(call: tuple[int, int], aim: Aim) -> int:
    """Copy the first bytes of an object that the farm has at the same address from there, or there."""
    own = ctypes.create_string_buffer(ctypes.string_at(id(True), 8), 8)
    here, there = array.array("Q", [ctypes.addressof(own), 8]), array.array("Q", [id(True), 8])
    return syscall(*call, aim.farm, here.tobytes(), 1, there.tobytes(), 1, 0)


PROCESSES: dict[str, Attack] = {
    "fork": lambda aim: child_is_born(os.fork()),
    "vfork": lambda aim: _fork_like(0x4000),
    "clone": lambda aim: _fork_like(0),
    "clone3": _clone3,
    "clone into new namespaces": lambda aim: _fork_like(0x10000000),
    "exec": lambda aim: os.execv("/bin/true", ["true"]),
    "spawn": lambda aim: os.posix_spawn("/bin/true", ["true"], {}),
    "subprocess": lambda aim: subprocess.run(["/bin/true"], check=False),
    "shell": _shell,
    "kill the farm": lambda aim: os.kill(aim.farm, signal.SIGKILL),
    "look for the farm": lambda aim: os.kill(aim.farm, 0),
    "kill everybody": lambda aim: os.kill(-1, 0),  # 0: may it? As root, anything else would be too much.
    "kill its group": lambda aim: os.kill(0, signal.SIGKILL),
    "kill a thread of the farm": lambda aim: syscall(200, 130, aim.farm, signal.SIGKILL),
    "kill the farm by a group call": lambda aim: syscall(234, 131, aim.farm, aim.farm, signal.SIGKILL),
    "queue a signal to the farm": _queue_signal,
    "signal by the owner of a socket": _signal_by_owner,
    "ptrace the farm": lambda aim: libc("ptrace", 0x4206, aim.farm, 0, 0),
    "be traced": lambda aim: libc("ptrace", 0, 0, 0, 0),
    "read the farm's memory by call": lambda aim: _move_memory((310, 270), aim),
    "write the farm's memory by call": lambda aim: _move_memory((311, 271), aim),
    "pidfd of the farm": lambda aim: libc("syscall", 434, aim.farm, 0),
    "signal by pidfd": _signal_by_pidfd,
    "file of the farm by pidfd": _file_by_pidfd,
    "compare with the farm": lambda aim: syscall(312, 272, os.getpid(), aim.farm, 0, 0, 0),
    "slow down the farm": lambda aim: os.setpriority(os.PRIO_PROCESS, aim.farm, 19),
    "another scheduler": lambda aim: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
    "leave the session": lambda aim: os.setsid(),
    "survive the parent": lambda aim: libc("prctl", 1, 0, 0, 0, 0),
    "be dumpable": lambda aim: libc("prctl", 4, 1, 0, 0, 0),
    "shared memory (System V)": lambda aim: _system_v("shm", 4096, 0o1600),
    "message queue (System V)": lambda aim: _system_v("msg", 0o1600),
    "semaphores (System V)": lambda aim: _system_v("sem", 1, 0o1600),
    "message queue (POSIX)": _posix_queue,
    "memory as a file": lambda aim: os.memfd_create("attack"),
}
