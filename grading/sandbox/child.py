"""Fork a child that enters the sandbox and then runs a function. See `fork_sandboxed` in the package."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from grading.sandbox import cgroup, kernel, landlock, limits, namespaces, seccomp
from grading.sandbox.policy import Policy, SandboxError

# Entering takes milliseconds; a machine may be busy.
PATIENCE = 30.0
_NOT_ENTERED = 70  # EX_SOFTWARE in sysexits.h
_READY, _GO = b"ready", b"go"
_SIGNALS = ("SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM", "SIGVTALRM", "SIGPROF")


@dataclass(frozen=True)
class Child:
    """A program that runs in the sandbox. Wait for `pid` with os.waitpid; SIGKILL to it ends the program."""

    pid: int
    layers: tuple[str, ...]
    """Names of the layers that it is in."""


def launch(policy: Policy, run: Callable[[], object], keep_fds: Collection[int], layers: Collection[str]) -> Child:
    """Fork, enter exactly these layers and call `run`. Raises SandboxError if that fails; then nothing was run.

    Processes: this one - (with namespaces: one that waits, since only a child gets into a new pid namespace) - the
    program. Each is killed by the kernel when the one before it ends.
    """
    try:
        groups = cgroup.make(policy) if "cgroup" in layers else ()
    except OSError as problem:
        raise SandboxError(f"The control group could not be made: {problem}") from problem
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        _be_the_child(policy, run, keep_fds, layers, groups, theirs)
    said = b""
    try:
        theirs.close()
        with ours:
            ours.settimeout(PATIENCE)
            said = ours.recv(4096)
            if said == _READY:
                ours.send(_GO)
                return Child(pid, tuple(layers))
    except OSError:  # it took too long, or has ended
        pass
    except BaseException:
        _end(pid)
        raise
    _end(pid)
    raise SandboxError(said.decode("utf-8", "replace") or "The sandboxed process ended before the program began.")


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _be_the_child(
    policy: Policy,
    run: Callable[[], object],
    keep_fds: Collection[int],
    layers: Collection[str],
    groups: tuple[Path, ...],
    parent: socket.socket,
) -> NoReturn:
    """Never returns, whatever happens: above it is a copy of the parent's stack."""
    code = _NOT_ENTERED
    try:
        try:
            _start_afresh()
            cgroup.enter(groups)
            if "namespaces" in layers:
                namespaces.leave_the_machine()
                _wait_for_a_child()
            _enter(policy, {*keep_fds, parent.fileno()}, layers)
            # The parent's answer shows that it was alive after its death became ours.
            parent.send(_READY)
            entered = parent.recv(8) == _GO
        except (OSError, ValueError, SandboxError) as problem:
            entered = False
            parent.send(f"The sandbox could not be entered: {problem}"[:4000].encode())
        parent.close()
        if entered:
            code = _run(run)
    finally:
        os._exit(code)


def _start_afresh() -> None:
    """Forget what the parent did with signals and terminals."""
    os.setsid()  # no Ctrl-C from the terminal, and no terminal
    os.umask(0o022)
    os.chdir("/")
    signal.set_wakeup_fd(-1)
    # The kernel drops signals without a handler that process 1 of a pid namespace sends to itself. With one, the
    # program ends as it would anywhere.
    for name in _SIGNALS:
        signal.signal(getattr(signal, name), _exit_by_signal)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _exit_by_signal(number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(128 + number)


def _wait_for_a_child() -> None:
    """Fork. Returns in the child only; this process waits and then ends as the child did."""
    pid = os.fork()
    if pid == 0:
        return
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    limits.close_files(())
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _enter(policy: Policy, keep: Collection[int], layers: Collection[str]) -> None:
    """Apply the layers to this process, each before what forbids it. Raises OSError, ValueError, SandboxError."""
    limits.close_files(keep)
    if policy.processor is not None:
        os.sched_setaffinity(0, [policy.processor])
    inherited = limits.mapped()
    own_count = "namespaces" in layers and os.geteuid() != 0
    if "namespaces" in layers:
        namespaces.change_root(policy.readable, policy.writable, policy.space)
    if "user" in layers:
        namespaces.change_user(policy.uid)
        own_count = "namespaces" in layers and namespaces.count_alone()
    kernel.give_up_privileges()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user cancels it
    for path in policy.readable:
        if not os.access(path, os.R_OK):
            raise SandboxError(f"User {os.geteuid()} cannot read {path}. Make it readable for everybody.")
    if "limits" in layers:
        kernel.few_arenas()
        limits.restrict(policy, inherited, own_count)
    if "landlock" in layers:
        writable = () if policy.writable is None else (policy.writable,)
        landlock.restrict(policy.readable, writable, namespaces.DEVICES)
    if "seccomp" in layers:
        seccomp.restrict(os.getpid())


def _run(run: Callable[[], object]) -> int:
    """Call it; return the exit code that Python would have."""
    code = 0
    try:
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # closed, or nobody reads it any more
            code = code or 1
    return code & 0xFF
