"""Which layers work on this machine? A canary tries what each should stop; version numbers prove nothing."""

from __future__ import annotations

import errno
import mmap
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from grading.sandbox import child, kernel, landlock
from grading.sandbox.policy import MEMORY, MIB, NOBODY, Layer, Policy, SandboxError
from grading.sandbox.python import python_trees

_HIDDEN = Path(__file__)  # readable before the sandbox is entered, hence a canary
_NOTHING = Policy(readable=())
_NOWHERE = ("192.0.2.1", 9)  # TEST-NET-1 of RFC 5737; connecting a datagram socket sends nothing
_USER_NAMESPACES = (
    "Ubuntu from 23.10 on restricts user namespaces (`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` "
    "allows them until the next start), and so do most containers."
)


def probe() -> tuple[Layer, ...]:
    """Try each layer alone, in a process of its own. Never raises."""
    grader, root = os.getpid(), os.geteuid() == 0
    limits = _layer(
        "limits",
        "too much memory, computing, output to files, open files, threads",
        lambda: _fails(lambda: mmap.mmap(-1, 2 * MEMORY).close()),
    )
    cgroup = _layer(
        "cgroup",
        "using more memory than allowed, however it is counted; too many threads, where others share the count",
        _use_is_counted,
        "Root may make one, or a user to whom a cgroup v2 with memory and pids is delegated: "
        "`systemd-run --user --scope` in front of the command starts it in one.",
        Policy(readable=(), memory=8 * MIB, space=0, threads=8),
    )
    namespaces = _layer(
        "namespaces",
        "seeing other files, networks and processes; filling the disk",
        _nothing_is_seen,
        "Mounting needs CAP_SYS_ADMIN, which containers do not have." if root else _USER_NAMESPACES,
    )

    def harmless() -> bool:
        # A new root has its own folders above Python's; without one, a private home above it is in the way.
        readable = namespaces.active or all(os.access(path, os.R_OK) for path in python_trees())
        return os.geteuid() == NOBODY and readable and _cannot_signal(grader)

    user = _layer(
        "user",
        "touching files and processes of the grader's user",
        harmless,
        f"User {NOBODY} must be able to read Python and its packages: install them outside of root's home.",
    )
    if not root:
        user = Layer(user.name, False, user.stops, "Only root can become another user.")
    return (limits, cgroup, namespaces, user, _landlock_layer(), _seccomp_layer(grader))


def _landlock_layer() -> Layer:
    version = landlock.abi()
    stops = "reading and writing other files"
    stops += "; TCP connections" if version >= 4 else ""
    stops += "; signals to other processes" if version >= 6 else ""
    remedy = "Linux has it from 5.13 on, unless it was left out or turned off: `lsm=` at boot must name it."
    return _layer("landlock", stops, lambda: _fails(_HIDDEN.read_bytes), remedy)


def _seccomp_layer(grader: int) -> Layer:
    def refused() -> bool:
        return _cannot_signal(grader) and _fails(_fork_and_end) and _cannot_open_a_socket()

    stops = "starting processes, opening sockets, signals to others, rare system calls"
    return _layer("seccomp", stops, refused, "It needs a kernel with seccomp filters.")


def _layer(name: str, stops: str, stopped: Callable[[], bool], remedy: str = "", policy: Policy = _NOTHING) -> Layer:
    """Enter this layer alone and ask `stopped`, which tries what the layer should stop."""

    def canary() -> None:
        os._exit(0 if stopped() else 1)

    try:
        process = child.launch(policy, canary, (), (name,))
        _, status = os.waitpid(process.pid, 0)
    except (OSError, SandboxError) as problem:
        return Layer(name, False, stops, f"{problem}. {remedy}".strip())
    if status:
        return Layer(name, False, stops, f"The kernel accepts it, but it does not stop a canary. {remedy}".strip())
    return Layer(name, True, stops, "")


def _use_is_counted() -> bool:
    """Whether a process is ended that uses 64 MiB, and a tenth one is refused."""
    pid = os.fork()
    if pid == 0:
        Path("/proc/self/oom_score_adj").write_text("1000")
        os._exit(len(b"x" * (64 * MIB)) & 0)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status):
        return False
    born: list[int] = []
    try:
        while len(born) < 10:
            born.append(_a_waiting_child())
    except OSError:
        return True
    finally:
        for pid in born:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return False


def _a_waiting_child() -> int:
    pid = os.fork()
    if pid == 0:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pause()
        os._exit(0)
    return pid


def _nothing_is_seen() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe_socket:
        network = probe_socket.connect_ex(_NOWHERE) != errno.ENETUNREACH
    return os.getpid() == 1 and not network and _fails(_HIDDEN.read_bytes)


def _fails(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False


def _cannot_signal(pid: int) -> bool:
    return _fails(lambda: os.kill(pid, 0))


def _cannot_open_a_socket() -> bool:
    return _fails(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close())


def _fork_and_end() -> None:
    if os.fork() == 0:
        os._exit(0)
