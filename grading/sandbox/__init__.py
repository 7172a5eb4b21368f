"""A sandbox for one Python program, entered by system calls in a forked child, so that warm imports are kept.

    child = fork_sandboxed(Policy(readable=(*python_trees(), submission)), serve, keep_fds={socket.fileno()})
    _, status = os.waitpid(child.pid, 0)

It knows nothing of grading. Only Linux has it; `layers()` says what a machine gives and why it does not give more.

What a program in it cannot do, each with a test of that name in `grading/tests/test_sandbox_*.py`: read or change
files but its own; reach a network or a Unix socket; see, signal, trace or outlive its parent; start a process;
use more memory, processor time, threads, open files or disk than its policy says; keep a file that it inherited.

What is not stopped: faults of the kernel itself; learning names, sizes and dates of files where namespaces are
missing (Landlock hides contents only); filling `writable` where it is a folder on a disk; using a processor until
`cpu_seconds` are over; whatever the files in `keep_fds` allow; trees in `readable` are readable. A program runs as
native code if it likes: nothing here relies on Python.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from grading.sandbox.policy import CPU_SECONDS, LAYERS, Layer, Policy, SandboxError, confines
from grading.sandbox.python import python_trees

if TYPE_CHECKING:
    from grading.sandbox.child import Child

__all__ = ["CPU_SECONDS", "Layer", "Policy", "SandboxError", "confines", "fork_sandboxed", "layers", "python_trees"]

_NOT_LINUX = (
    "Only Linux has it. On Windows use WSL2, on macOS a container: there this computer's programs are out of reach."
)


@functools.cache
def layers() -> tuple[Layer, ...]:
    """Return every layer and whether it works here. Forks a canary for each, once per process; never raises."""
    if sys.platform != "linux":
        return tuple(Layer(name, False, "", _NOT_LINUX) for name in LAYERS)
    from grading.sandbox.probe import probe

    return probe()


def fork_sandboxed(policy: Policy, run: Callable[[], object], keep_fds: Collection[int] = ()) -> Child:
    """Fork a child that enters every layer that works here and then calls `run`; return when it has entered.

    Call it in a process with a single thread. Of the open files the child keeps `keep_fds` (0, 1, 2 are /dev/null
    unless they are in it). Its working directory is "/", its environment the parent's. When `run` returns the child
    exits with 0; SystemExit counts, any other exception is printed and gives 1. The child dies with the parent.

    Raises SandboxError if there is no sandbox here, or if a layer fails that worked for the canary: then nothing was
    run. A layer that does not work is left out; `Child.layers` has the others: see `confines`.
    """
    if sys.platform != "linux":
        raise SandboxError(f"There is no sandbox here. {_NOT_LINUX}")
    from grading.sandbox.child import launch

    active = tuple(each.name for each in layers() if each.active and each.name not in policy.without)
    return launch(policy, run, keep_fds, active)
