"""The farm: a warm process that forks a sandboxed child for each submission. Linux only.

It imports LiteLLM and FastAPI once and holds no test, no key and no result. `Farm` starts it; inside, `python -m
grading.processes.forkserver` serves JSON messages over a socket (its standard input), with open files beside them:

    from the grader   {"attach": true} + a socket            a judge will ask for programs over this socket
    from a judge      {"launch": {"submission", "work", "processor"}} + a socket for frames; the answer: {"pid"} or
                      {"error"}
                      (with a socket for orders instead: see `known_programs`; other files: see `Server`)
                      {"ended": pid}                         the answer: {"ended": "exit code 3"}, or null if it lives
                      {"kill": pid}                          the answer: {"ended": …}

A judge that goes away, or the grader, takes its programs with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grading import KIT
from grading.processes.channel import Channel, Program
from grading.processes.orders import order_sockets, receive_order, send_order
from grading.processes.python_process import describe_exit, start_module
from grading.sandbox import CPU_SECONDS, Policy, SandboxError, confines, fork_sandboxed, layers, python_trees

START = 120.0
"""Seconds until a farm is warm at the latest; it takes about 4."""

_ROOM = 32 * 2**20  # bytes that a program may write where its folder is on a disk
_LOOK = 0.2
Run = Callable[[list[int], Path, Path], object]


class FarmFailed(Exception):
    """The farm does not work, so nothing can be said about the program."""


class WarmProcess:
    """A process of the grader's own that serves orders over its standard input."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], what_failed: str) -> None:
        """Start `python -m ARGUMENTS`, and wait until it has said that it is ready. Raises FarmFailed."""
        ours, theirs = order_sockets()
        self._control = ours
        with theirs:
            self.process = start_module(arguments, environment, stdin=theirs.fileno())
        try:
            ours.settimeout(START)
            self._ready = receive_order(ours)[0]
            ours.settimeout(None)
        except (OSError, EOFError) as problem:
            self.close()
            raise FarmFailed(f"{what_failed}: {problem}") from None

    def close(self) -> None:
        """End it and all that it has started."""
        self._control.close()
        self.process.kill()
        self.process.wait()


class Farm(WarmProcess):
    """The grader's handle of a farm. `isolation` is what every result of it says."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        """Start it; `module` is its program. Raises FarmFailed."""
        super().__init__([module], environment, "The farm did not start")
        self.isolation: dict[str, Any] = self._ready["isolation"]

    def attach(self) -> socket.socket:
        """Return a judge's end of a new connection. Raises FarmFailed."""
        ours, theirs = order_sockets()
        with theirs:
            try:
                send_order(self._control, {"attach": True}, [theirs.fileno()])
            except OSError as problem:
                ours.close()
                raise FarmFailed(f"The farm has ended: {problem.strerror}") from None
        return ours


def launch(judge: socket.socket, submission: Path, work: Path, processor: int | None = None) -> Program:
    """Ask the farm behind `judge` for a process that serves this submission, on this processor. Raises FarmFailed."""
    ours, theirs = socket.socketpair()
    with theirs:
        pid = start(judge, submission, work, [theirs.fileno()], processor)
    # A program that does not read must not hold up the judge: seconds and microseconds of a struct timeval.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, (5).to_bytes(8, sys.byteorder) + bytes(8))

    def end(patience: float) -> str:
        give_up = time.monotonic() + patience
        while (ended := _ask(judge, {"ended": pid})["ended"]) is None and time.monotonic() < give_up:
            time.sleep(0.005)
        return str(ended or kill(judge, pid))

    number = ours.detach()
    return Program(Channel(number, number), end)


def start(judge: socket.socket, submission: Path, work: Path, files: list[int], processor: int | None = None) -> int:
    """Ask the farm behind `judge` for a child with these open files. Returns its id. Raises FarmFailed."""
    order = {"submission": str(submission), "work": str(work), "processor": processor}
    answer = _ask(judge, {"launch": order}, files)
    if "pid" not in answer:
        raise FarmFailed(answer.get("error", "no reason given"))
    return int(answer["pid"])


def kill(judge: socket.socket, pid: int) -> str:
    """End such a child. Returns how it ended. Raises FarmFailed."""
    return str(_ask(judge, {"kill": pid})["ended"])


def _ask(judge: socket.socket, order: dict[str, Any], files: list[int] | None = None) -> dict[str, Any]:
    try:
        send_order(judge, order, files or [])
        return receive_order(judge)[0]
    except (OSError, EOFError) as problem:
        raise FarmFailed(f"The farm has ended: {problem}") from None


# The farm's own process.


class Server:
    """The farm itself: forks children that call `run` with their open files, the submission, and where to write."""

    def __init__(self, control: socket.socket, run: Run, cpu_seconds: int) -> None:
        self._control = control
        self._run = run
        self._cpu_seconds = cpu_seconds
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._programs: dict[socket.socket, dict[int, Path | None]] = {}
        self._trees = python_trees()
        self._on_disk = not any(layer.active and layer.name == "namespaces" for layer in layers())

    def serve(self) -> None:
        """Serve until the grader goes away."""
        while True:
            for key, _ in self._selector.select(_LOOK if self._on_disk else None):
                source = key.fileobj
                assert isinstance(source, socket.socket)
                try:
                    order, files = receive_order(source)
                except (OSError, EOFError):
                    if source is self._control:
                        os._exit(0)  # the kernel ends our children
                    self._detach(source)
                    continue
                if source is self._control:
                    judge = socket.socket(fileno=files[0])
                    self._programs[judge] = {}
                    self._selector.register(judge, selectors.EVENT_READ)
                else:
                    self._reap_orphans()
                    with contextlib.suppress(OSError):  # a judge that has ended is noticed above
                        send_order(source, self._obey(source, order, files))
            if self._on_disk:
                self._end_what_fills_the_disk()

    def _obey(self, judge: socket.socket, order: dict[str, Any], files: list[int]) -> dict[str, Any]:
        mine = self._programs[judge]
        match order:
            case {"launch": {"submission": submission, "work": work, "processor": processor}}:
                try:
                    return {"pid": self._launch(judge, Path(submission), Path(work), files, processor)}
                except (SandboxError, OSError) as problem:
                    return {"error": str(problem)}
                finally:
                    for number in files:
                        os.close(number)
            case {"kill": pid}:
                if pid in mine:
                    os.kill(pid, signal.SIGKILL)
                    return {"ended": self._reap(mine, pid, 0)}
            case {"ended": pid}:
                if pid in mine:
                    return {"ended": self._reap(mine, pid, os.WNOHANG)}
        return {"ended": "unknown"}

    def _launch(
        self, judge: socket.socket, submission: Path, work: Path, files: list[int], processor: int | None
    ) -> int:
        readable = (*self._trees, submission)
        policy = Policy(readable=readable, writable=work, cpu_seconds=self._cpu_seconds, processor=processor)
        child = fork_sandboxed(policy, lambda: self._run(files, submission, work), keep_fds=files)
        self._programs[judge][child.pid] = work if self._on_disk else None
        return child.pid

    def _reap(self, mine: dict[int, Path | None], pid: int, flags: int) -> str | None:
        found, status = os.waitpid(pid, flags)
        if not found:
            return None
        del mine[pid]
        return describe_exit(os.waitstatus_to_exitcode(status))

    def _reap_orphans(self) -> None:
        """Let go of programs whose waiting parent (see `sandbox.child`) was killed: they are our children then."""
        known = {pid for mine in self._programs.values() for pid in mine}
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in known:
                    break  # its judge will ask; those behind it have time
                os.waitpid(ended.si_pid, 0)

    def _detach(self, judge: socket.socket) -> None:
        self._selector.unregister(judge)
        mine = self._programs.pop(judge)
        for pid in list(mine):
            os.kill(pid, signal.SIGKILL)
            self._reap(mine, pid, 0)
        judge.close()

    def _end_what_fills_the_disk(self) -> None:
        """Without namespaces a program's folder is on a disk, and only the size of each file is limited."""
        for mine in self._programs.values():
            for pid, work in mine.items():
                if work is not None and _size(work) > _ROOM:
                    os.kill(pid, signal.SIGKILL)


def _size(folder: Path) -> int:
    size = 0
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                size += 4096 + os.lstat(Path(place, name)).st_size
            if size > _ROOM:
                return size
    return size


def control_socket() -> socket.socket:
    """Prepare this process, before it imports much, to be a farm. Returns the grader's socket."""
    control = socket.socket(fileno=os.dup(0))
    os.set_inheritable(control.fileno(), False)
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != KIT]
    return control


def serve(control: socket.socket, run: Run, cpu_seconds: int = CPU_SECONDS) -> None:
    """Tell the grader that all is imported, and serve it. For `run` and its limit see `Server`."""
    from grading.sandbox import kernel

    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # a program lives for a second
    found = layers()
    active = [layer.name for layer in found if layer.active]
    missing = {layer.name: layer.why_not for layer in found if not layer.active}
    mode = "sandbox" if confines(active) else "process"
    send_order(control, {"isolation": {"mode": mode, "layers": active, "missing": missing}})
    Server(control, run, cpu_seconds).serve()
