"""Serve as a fork server whose children are in the sandbox: hostile, one for each order. Linux only."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from grading import KIT
from grading.processes.forkserver import attached, serve, take_control
from grading.processes.messages import StrictInt, TypeAdapter
from grading.processes.orders import Ready, send_order
from grading.sandbox import CPU_SECONDS, Policy, SandboxError, confines, fork_sandboxed, kernel, layers, python_trees

_ROOM = 32 * 2**20  # bytes that a program may write where its folder is on a disk
_LOOK = 0.2

SEVERAL = "several"
"""The task of a child that serves several programs of the kit's own: see `judging.student_tests.pool`."""


@dataclass(frozen=True)
class SandboxOrder:
    """A child may read `submission` and write to `work`, both folders; `processor` is the one that it runs on.

    `task` says what to do, where a server's children do several things; to one of them, it is the source to run.
    `memory`, in bytes, and `cpu_seconds` are limits of this child that are lower than the others'.
    """

    submission: str
    work: str
    processor: StrictInt | None = None
    task: str = ""
    memory: StrictInt = Policy.memory
    cpu_seconds: StrictInt | None = None


Run = Callable[[SandboxOrder, list[int]], object]
SANDBOX_ORDERS: TypeAdapter[SandboxOrder] = TypeAdapter(SandboxOrder)


def control_socket() -> socket.socket:
    """Prepare this process, before it imports much. Returns its control socket."""
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != KIT]
    return take_control()


def serve_sandboxed(control: socket.socket, run: Run, cpu_seconds: int = CPU_SECONDS) -> NoReturn:
    """Serve until the grader goes away: each child calls `run` with its order and its open files, then ends."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # a program lives for a second
    active = [layer.name for layer in layers() if layer.active]
    missing = {layer.name: layer.why_not for layer in layers() if not layer.active}
    isolation = {"mode": "sandbox" if confines(active) else "process", "layers": active, "missing": missing}
    trees, on_disk = python_trees(), "namespaces" not in active
    folders: dict[int, Path] = {}

    def fork(order: SandboxOrder, files: list[int]) -> int:
        submission, work = Path(order.submission), Path(order.work)
        policy = Policy(
            (*trees, submission),
            work,
            memory=order.memory,
            cpu_seconds=order.cpu_seconds or cpu_seconds,
            processor=order.processor,
        )
        try:
            child = fork_sandboxed(policy, lambda: run(order, files), keep_fds=files)
        except SandboxError as problem:
            raise OSError(str(problem)) from None
        if on_disk:
            folders[child.pid] = work
        return child.pid

    def end_what_fills_the_disk(children: Collection[int]) -> None:
        """Without namespaces a program's folder is on a disk, and only the size of each file is limited."""
        for pid in list(folders):
            if pid not in children:
                del folders[pid]
            elif _size(folders[pid]) > _ROOM:
                os.kill(pid, signal.SIGKILL)

    send_order(control, Ready(isolation))
    every = _LOOK if on_disk else None
    serve(control, attached(control), SANDBOX_ORDERS, fork, end_what_fills_the_disk, every)
    raise AssertionError("A child in the sandbox does not return.")


def _size(folder: Path) -> int:
    size = 0
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                size += 4096 + os.lstat(Path(place, name)).st_size
            if size > _ROOM:
                return size
    return size
