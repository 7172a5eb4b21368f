"""A fork server: a process that has imported everything and forks a child for each order. Linux and BSD only.

`ForkServer` is the grader's handle: it starts `python -m MODULE` and waits until that is warm. `Connection` is a
client's way to a server; when it is closed, its children are killed. `serve` is the loop inside the server's process.
Each kind of server is a module that calls it and says what its children do: `webapp.farm` (programs, sandboxed),
`judging.student_tests.worker` (step 9's pytest, sandboxed), `judging.judges` (a pytest that has collected the suite),
and `checking.daemon` (a student's `grade check`). For the messages see `orders`.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from grading.processes import orders
from grading.processes.channel import Channel, Process
from grading.processes.messages import BadMessage, TypeAdapter, fields, parse
from grading.processes.orders import Answer, Launch, Signal, order_sockets, receive_order, send_order
from grading.processes.python_process import describe_exit, start_module

START = 120.0
"""Seconds that a server may take until it is warm; it needs about 4."""

Order = TypeVar("Order")


class FarmFailed(Exception):
    """A fork server does not work, so nothing can be said about the program."""


class ForkServer:
    """The grader's handle of a fork server; `isolation` is that of its children."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], failure: str) -> None:
        """Start `python -m ARGUMENTS` and wait until it is ready. Raises FarmFailed, which begins with `failure`."""
        self._control, theirs = order_sockets()
        with theirs:
            self.process = start_module(arguments, environment, stdin=theirs.fileno())
        try:
            self._control.settimeout(START)
            self.isolation = receive_order(self._control, orders.READY)[0].isolation
            self._control.settimeout(None)
        except (OSError, EOFError, BadMessage) as problem:
            self.close()
            raise FarmFailed(f"{failure}: {problem}") from None

    def attach(self) -> Connection:
        """Return a new client's connection. Raises FarmFailed."""
        ours, theirs = order_sockets()
        with theirs:
            try:
                socket.send_fds(self._control, [b"attach"], [theirs.fileno()])
            except OSError as problem:
                ours.close()
                raise FarmFailed(f"The fork server has ended: {problem.strerror}") from None
        return Connection(ours)

    def close(self) -> None:
        """End it and all that it has started."""
        self._control.close()
        self.process.kill()
        self.process.wait()


class Connection(contextlib.AbstractContextManager["Connection"]):
    """A client's connection to a fork server. Its children are killed when it is closed."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self.fileno, self.close = connection.fileno, connection.close

    def __exit__(self, *error: object) -> None:
        self.close()

    def launch(self, order: object, files: Sequence[int]) -> int:
        """Fork a child with these open files. Returns its id. Raises FarmFailed."""
        answer = self._ask(Launch(fields(order)), files)
        if answer.pid is None:
            raise FarmFailed(answer.error)
        return answer.pid

    def launch_program(self, order: object) -> Process:
        """Fork a child that has one open file, the other end of a channel. Raises FarmFailed."""
        ours, theirs = socket.socketpair()
        with theirs:
            pid = self.launch(order, [theirs.fileno()])
        # A program that does not read must not hold up the judge: seconds and microseconds of a struct timeval.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, (5).to_bytes(8, sys.byteorder) + bytes(8))

        def end(patience: float) -> str:
            give_up = time.monotonic() + patience
            while (ended := self._ask(Signal(0, pid)).ended) is None and time.monotonic() < give_up:
                time.sleep(0.005)
            return ended or self.kill(pid)

        number = ours.detach()
        return Process(Channel(number, number), end)

    def kill(self, pid: int) -> str:
        """Kill a child and all of its session. Returns how it ended. Raises FarmFailed."""
        return str(self._ask(Signal(signal.SIGKILL, pid)).ended)

    def _ask(self, order: Launch | Signal, files: Sequence[int] = ()) -> Answer:
        try:
            send_order(self._socket, order, files)
            return receive_order(self._socket, orders.ANSWERS)[0]
        except (OSError, EOFError, BadMessage) as problem:
            raise FarmFailed(f"The fork server has ended: {problem}") from None


# Inside the server's process.


def fork_child(order: object, files: list[int]) -> int:
    """Fork a child that goes on as a copy of this process, in a session of its own. Returns 0 in it."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if sys.platform == "linux":
            from grading.sandbox import kernel

            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    return pid


def take_control() -> socket.socket:
    """Take the control socket from standard input, whose number a program may use otherwise."""
    control = socket.socket(fileno=os.dup(0))
    os.set_inheritable(control.fileno(), False)
    return control


def attached(control: socket.socket) -> Callable[[], socket.socket]:
    """Return what accepts the clients that the grader sends over the control socket, and ends this process with it."""

    def accept() -> socket.socket:
        data, files, _, _ = socket.recv_fds(control, 16, 1)
        if not data:
            os._exit(0)  # the kernel kills our children
        return socket.socket(fileno=files[0])

    return accept


def serve(
    source: socket.socket,
    accept: Callable[[], socket.socket],
    order: TypeAdapter[Order],
    fork: Callable[[Order, list[int]], int] = fork_child,
    tick: Callable[[Collection[int]], object] = lambda children: None,
    every: float | None = None,
) -> tuple[Order, list[int]]:
    """Serve clients. Returns in a forked child only: its order and its open files.

    Args:
        source: what is readable when `accept` will return a new client's socket.
        order: validates what is to be launched.
        fork: forks a child for an order and its files. Returns its id, and 0 in a child that goes on here. Raises
            OSError or ValueError.
        tick: called with the ids of living children once every `every` seconds, if given: it may be slow.

    It must stay the only thread of its process: a child has none of the others, but the locks that they held.
    """
    server = _Server(source, accept, order, fork)
    due = time.monotonic() + (every or 0)
    while True:
        for ready in server.wait(None if every is None else max(0, due - time.monotonic())):
            if (child := server.serve(ready)) is not None:
                return child
        if every is not None and time.monotonic() >= due:
            tick(server.children())
            due = time.monotonic() + every


class _Server:
    """The state of the loop."""

    def __init__(self, source: socket.socket, accept: Callable[[], socket.socket], order: Any, fork: Any) -> None:
        self._source, self._accept, self._order, self._fork = source, accept, order, fork
        self._clients: dict[socket.socket, set[int]] = {}  # with their children
        self._selector = selectors.DefaultSelector()
        self._selector.register(source, selectors.EVENT_READ)

    def children(self) -> set[int]:
        """Return the ids of all children that nobody knows to have ended."""
        return {pid for mine in self._clients.values() for pid in mine}

    def wait(self, seconds: float | None) -> list[Any]:
        """Wait for sockets that can be read."""
        return [key.fileobj for key, _ in self._selector.select(seconds)]

    def serve(self, ready: socket.socket) -> tuple[Any, list[int]] | None:
        """Do what one of them asks for. Returns an order and its files in a forked child only."""
        if ready is self._source:
            client = self._accept()
            self._clients[client] = set()
            self._selector.register(client, selectors.EVENT_READ)
            return None
        try:
            order, files = receive_order(ready, orders.REQUESTS)
        except (OSError, EOFError, BadMessage):
            self._detach(ready)
            return None
        self._reap_orphans()
        mine = self._clients[ready]
        if isinstance(order, Signal):
            answer = Answer(ended=self._signal(mine, order) if order.pid in mine else "unknown")
        else:
            try:
                inner = parse(self._order, order.launch)
                if (pid := self._fork(inner, files)) == 0:
                    self._selector.close()
                    for each in (self._source, *self._clients):
                        each.close()
                    return inner, files
                mine.add(pid)
                answer = Answer(pid)
            except (OSError, ValueError) as problem:
                answer = Answer(error=str(problem))
        for number in files:
            os.close(number)
        with contextlib.suppress(OSError):  # a client that has ended is noticed when it is read
            send_order(ready, answer)
        return None

    def _signal(self, mine: set[int], order: Signal) -> str | None:
        if order.signal == signal.SIGKILL:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it may not have its session yet
                os.killpg(order.pid, signal.SIGKILL)
        os.kill(order.pid, order.signal)
        found, status = os.waitpid(order.pid, 0 if order.signal == signal.SIGKILL else os.WNOHANG)
        if not found:
            return None
        mine.remove(order.pid)
        return describe_exit(os.waitstatus_to_exitcode(status))

    def _reap_orphans(self) -> None:
        """Reap programs whose waiting parent (see `sandbox.child`) was killed: the kernel made them our children."""
        known = self.children()
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in known:
                    break  # its client will ask; those behind it can wait
                os.waitpid(ended.si_pid, 0)

    def _detach(self, client: socket.socket) -> None:
        """Kill the children of a client that has gone away."""
        self._selector.unregister(client)
        mine = self._clients.pop(client)
        for pid in list(mine):
            self._signal(mine, Signal(signal.SIGKILL, pid))
        client.close()
