"""A seccomp filter that allows what Python, threads and event loops need, and refuses every other system call.

An allow list, because the kernel gets new calls each year. Numbers are for x86-64 and aarch64; any other
architecture's calls (32-bit ones, too) end the program.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from functools import partial
from typing import NamedTuple

from grading.sandbox import kernel

_ARCHITECTURES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}  # linux/audit.h; column of the tables below

# From clone3 on, a refusal says "there is no such call": the C library then takes an older one, which we can inspect.
_NEWER = 435

# Name, number on x86-64, number on aarch64; "-" where an architecture never had it.
ALLOWED = """
read 0 63, write 1 64, pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, preadv 295 69, pwritev 296 70,
preadv2 327 286, pwritev2 328 287, close 3 57, close_range 436 436, lseek 8 62, sendfile 40 71,
copy_file_range 326 285, ftruncate 77 46, fallocate 285 47, fsync 74 82, fdatasync 75 83, fadvise64 221 223,
flock 73 32, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, umask 95 166,
stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44, access 21 -,
faccessat 269 48, faccessat2 439 439, getdents64 217 61, readlink 89 -, readlinkat 267 78, getcwd 79 17,
chdir 80 49, fchdir 81 50, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -,
renameat 264 38, renameat2 316 276,
mmap 9 222, mprotect 10 226, munmap 11 215, mremap 25 216, brk 12 214, madvise 28 233, msync 26 227, membarrier 324 283,
futex 202 98, set_robust_list 273 99, set_tid_address 218 96, rseq 334 293, sched_yield 24 124,
sched_getaffinity 204 123, getcpu 309 168, exit 60 93, exit_group 231 94, wait4 61 260, waitid 247 95,
restart_syscall 219 128, rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136,
rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132, pause 34 -, alarm 37 -, getitimer 36 102,
setitimer 38 103, clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101,
gettimeofday 96 169, time 201 -, times 100 153, getrandom 318 278,
getpid 39 172, gettid 186 178, getppid 110 173, getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177,
getgroups 115 158, getresuid 118 148, getresgid 120 150, getpgrp 111 -, getpgid 121 155, getsid 124 156,
getpriority 140 141, getrusage 98 165, getrlimit 97 163, uname 63 160, sysinfo 99 179,
poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -, epoll_create1 291 20, epoll_ctl 233 21,
epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441, eventfd 284 -, eventfd2 290 19,
sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212, shutdown 48 210, getsockname 51 204,
getpeername 52 205, setsockopt 54 208, getsockopt 55 209
"""

# Answered without being done. What belongs to somebody else must not change, and Landlock does not see these;
# but shutil.copy() calls them, and its user's program should not fail.
NOT_DONE = """
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, lchown 94 -, fchown 93 55, fchownat 260 54,
utime 132 -, utimes 235 -, futimesat 261 -
"""
# touch() takes success for "the file is there", and then makes none. It passes no time, copying does.
NOT_DONE_WITH_TIMES = "utimensat 280 88"
NOT_SUPPORTED = """
setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, getxattr 191 8, lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11,
llistxattr 195 12, flistxattr 196 13, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16
"""


class _Check(NamedTuple):
    """Half an argument (`word` 0 and 1 are the first one's), masked, must be one of `values`."""

    word: int
    mask: int
    values: tuple[int, ...]


_ANY = 0xFFFFFFFF
_O_ACCMODE_AND_TRUNC = 0o1003
_CLONE_THREAD, _CLONE_NEW_OR_ODD = 0x10000, 0xFE027000  # namespaces, pidfd, ptrace, vfork, shared I/O
_SIGKILL = 9
_PR_SET_NAME, _PR_GET_NAME = 15, 16


def _checked(pid: int) -> dict[str, tuple[_Check, ...]]:
    """The calls that are allowed with some arguments only."""
    # Opening to read with O_TRUNC empties a file; Landlock of kernels before 6.2 lets that pass.
    harmless = tuple(flags for flags in range(0o1004) if flags & ~_O_ACCMODE_AND_TRUNC == 0 and flags != 0o1000)
    return {
        "open 2 -": (_Check(2, _O_ACCMODE_AND_TRUNC, harmless),),
        "openat 257 56": (_Check(4, _O_ACCMODE_AND_TRUNC, harmless),),
        # Threads, no processes.
        "clone 56 220": (_Check(0, _CLONE_THREAD | _CLONE_NEW_OR_ODD, (_CLONE_THREAD,)),),
        # A pair of connected Unix streams, as event loops use; a datagram socket could send to any address.
        "socketpair 53 199": (_Check(0, _ANY, (1,)), _Check(2, 0xF, (1,))),
        "kill 62 129": (_Check(0, _ANY, (pid,)),),
        "tgkill 234 131": (_Check(0, _ANY, (pid,)),),
        # FD flags, status flags, locks. Not F_SETOWN, which sends signals to others, nor leases.
        "fcntl 72 25": (_Check(2, _ANY, (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030)),),
        # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: is it a terminal, non-blocking, close on exec.
        "ioctl 16 29": (_Check(2, _ANY, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),),
        "prctl 157 167": (_Check(0, _ANY, (_PR_SET_NAME, _PR_GET_NAME)),),
        # Reading one's own limits: no new value.
        "prlimit64 302 261": (_Check(0, _ANY, (0, pid)), _Check(4, _ANY, (0,)), _Check(5, _ANY, (0,))),
    }


_RETURN_KILL, _RETURN_ALLOW, _RETURN_ERRNO = 0x80000000, 0x7FFF0000, 0x00050000


def _instruction(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """Return a BPF instruction; a comparison skips so many of those that follow it."""
    return struct.pack("=HBBI", code, then, otherwise, value)


_load, _and, _if_equal, _if_at_least, _return = (partial(_instruction, code) for code in (0x20, 0x54, 0x15, 0x35, 0x06))

_SIZE = len(_return(0))
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data


def _numbers(table: str, column: int) -> list[int]:
    rows = [row.split() for row in table.replace("\n", " ").split(",")]
    return [int(row[column]) for row in rows if row[column] != "-"]


def program(machine: str, pid: int) -> bytes:
    """Return the filter for `machine` (as `platform.machine()` says it) and the process `pid`, as BPF instructions.

    Raises OSError if the machine is none of those it is written for.
    """
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"the filter is written for {' and '.join(_ARCHITECTURES)}, not for {machine}")
    architecture, column = _ARCHITECTURES[machine]
    code = _load(_ARCHITECTURE) + _if_equal(architecture, 1, 0) + _return(_RETURN_KILL) + _load(_NUMBER)
    for name, checks in _checked(pid).items():
        for number in _numbers(name, column):
            body = b"".join(map(_deny_unless, checks))
            if "kill" in name:  # ends the program even where it is process 1, which the kernel protects from itself
                body += _load(_ARGUMENTS + (16 if "tg" in name else 8)) + _if_equal(_SIGKILL, 0, 1)
                body += _return(_RETURN_KILL)
            body += _return(_RETURN_ALLOW)
            code += _if_equal(number, 0, len(body) // _SIZE) + body
    for number in _numbers(NOT_DONE_WITH_TIMES, column):
        body = _load(_ARGUMENTS + 16) + _if_equal(0, 0, 2) + _load(_ARGUMENTS + 20) + _if_equal(0, 1, 0)
        body += _return(_RETURN_ERRNO) + _return(_RETURN_ERRNO | errno.EPERM)
        code += _if_equal(number, 0, len(body) // _SIZE) + body
    for table, answer in (
        (ALLOWED, _RETURN_ALLOW),
        (NOT_DONE, _RETURN_ERRNO),
        (NOT_SUPPORTED, _RETURN_ERRNO | errno.ENOTSUP),
    ):
        for number in _numbers(table, column):
            code += _if_equal(number, 0, 1) + _return(answer)
    code += _if_at_least(_NEWER, 0, 1) + _return(_RETURN_ERRNO | errno.ENOSYS)
    return code + _return(_RETURN_ERRNO | errno.EPERM)


def _deny_unless(check: _Check) -> bytes:
    code = _load(_ARGUMENTS + 4 * check.word) + _and(check.mask)
    count = len(check.values)
    for index, value in enumerate(check.values):
        code += _if_equal(value, count - index, 0)
    return code + _return(_RETURN_ERRNO | errno.EPERM)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def restrict(pid: int) -> None:
    """Put the filter on this process, whose id is `pid`, for good. Needs no_new_privs. Raises OSError."""
    code = program(platform.machine(), pid)
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, bytes(_Program(len(code) // _SIZE, code)))
