"""A student's check daemon: a pytest that has collected the suite, has LiteLLM imported, and waits for checks.

Started as `python -m grading.commands.daemon ADDRESS SESSION FORKS`. Where a fork is safe it is a fork server (see
`processes.forkserver`) that listens at a Unix socket: one child runs the command `grade check`, which then is a client
itself, and others run its checks. When a client closes its connection, its child and what the program has started end
at once. Elsewhere this process runs one check: see `one_shot`.

It ends when it was idle for long, when the kit has changed, or when the terminals' sessions that used it are gone.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import io
import os
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NoReturn, TextIO

import pytest
from rich.console import Console

from grading import KIT
from grading.checking import address, one_shot
from grading.checking.orders import ORDERS, CheckOrder, CommandOrder
from grading.judging.cold import in_time
from grading.judging.judge import Announcer, run_pytest
from grading.judging.lines import Done
from grading.processes.forkserver import serve
from grading.results.result import make_result
from grading.results.terminal import show_result

IDLE = 600.0
"""Seconds without a check after which it ends."""
_TICK = 2.0  # seconds between two looks whether it is still needed


class Daemon:
    """A pytest plugin whose run loop waits for checks."""

    def __init__(self, place: Path, session: int, cli: Any) -> None:
        """Listen at `place`; `session` is the terminal's. Raises OSError."""
        self._cli = cli
        self._place = place
        self._sessions = {session}
        self._token = ""
        # The address must appear at once; one that another daemon made at the same moment is replaced.
        draft = place.with_name(f"{os.getpid()}.new")
        draft.unlink(missing_ok=True)
        if address.FORKS:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._listener.bind(str(draft))
            self._listener.listen()
        else:
            self._listener, self._token = one_shot.listen(draft)
        draft.replace(place)
        self._identity = place.stat().st_ino
        self._last = time.monotonic()
        self.announcer = Announcer(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Return when this process has a check to run: pytest then runs the collected tests."""
        from grading.webapp import live_server, loading  # noqa: F401  # LiteLLM, typer, uvicorn
        from grading.webapp.libraries import LIBRARIES

        if address.FORKS:
            self._cli.command()
            with self._cli.watched(console := Console(file=io.StringIO())):
                show_result(console, make_result((), "", 0), "")
            LIBRARIES.warm_up()
            for plugin in entry_points(group="pytest11"):  # of the student's own tests, which run by `_run_command`
                with contextlib.suppress(Exception):  # pytest reports those that cannot be imported
                    plugin.load()
        gc.collect()
        gc.freeze()
        if not address.FORKS:
            self._begin(session, *self._one_check())
            return
        order, files = serve(self._listener, self._accept, ORDERS, tick=self._leave_unless_needed, every=_TICK)
        gc.disable()  # a check lives for a second
        if isinstance(order, CommandOrder):
            _run_command(order, files, self._cli)
        self._begin(session, order, os.fdopen(files[0], "w", encoding="utf-8"))

    def _accept(self) -> socket.socket:
        """Return a client's connection; its session is one more that this daemon serves."""
        connection, _ = self._listener.accept()
        self._last = time.monotonic()
        if hasattr(socket, "SO_PEERCRED"):
            peer, *_ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            with contextlib.suppress(OSError):
                self._sessions.add(os.getsid(peer))
        return connection

    def _one_check(self) -> tuple[CheckOrder, TextIO]:
        while True:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                self._leave_unless_needed(())
                continue
            self._place.unlink(missing_ok=True)  # the next check is for another process
            self._listener.close()
            gc.disable()
            return one_shot.receive(connection, self._token)

    def _leave_unless_needed(self, children: Collection[int]) -> None:
        """End this process unless it has checks to run, or a client may still come."""
        mine = False
        with contextlib.suppress(OSError):
            mine = self._place.stat().st_ino == self._identity
            idle = time.monotonic() - self._last > IDLE
            if mine and address.address() == self._place and not idle and any(map(_is_alive, self._sessions)):
                return
        if children:
            return
        if mine:
            self._place.unlink(missing_ok=True)
        os._exit(0)

    def _begin(self, session: pytest.Session, order: CheckOrder, stream: TextIO) -> None:
        """Make this process the judge of a program."""
        _take_environment(order.environment)
        # Whatever blocks Python: a thread of the C library's ends this process. Later than the client, which goes away
        # at its deadline: only that ends what the program has started, too.
        faulthandler.dump_traceback_later(2 * order.deadline, exit=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        session.config.option.app = order.folder
        from grading.harness.keys import RUNNING
        from grading.suite.app_mode import Here

        session.config.stash[RUNNING] = Here(in_time(order.deadline), trace=order.trace).running
        self.announcer.begin(session, stream, order.steps)


def _take_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # a variable names it
    if hasattr(time, "tzset"):
        time.tzset()


def _run_command(order: CommandOrder, files: list[int], cli: Any) -> NoReturn:
    """Run a command of `grade` with the client's streams, write its exit code, and end this process."""
    _take_environment(order.environment)
    *streams, code = files
    for number, file in enumerate(streams):
        os.dup2(file, number)
    sys.stdout, sys.stderr = (
        open(number, "w", encoding=encoding, errors=errors, buffering=buffering, closefd=False)  # noqa: SIM115
        for number, buffering, (encoding, errors) in zip((1, 2), (-1, 1), order.encodings, strict=True)
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order.folder)
    sys.argv = ["grade", *order.command]
    try:
        cli.main()
    except SystemExit as end:
        sys.stdout.flush()
        os.write(code, str(end.code).encode())
    finally:
        os._exit(0)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def run(cli: Any) -> None:
    """Serve until nobody needs it; `cli` is the command line."""
    place, session, address.FORKS = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1"
    with contextlib.suppress(OSError):
        daemon = Daemon(place, session, cli)
        run_pytest(str(KIT / "tests"), [str(KIT / "tests")], [daemon.announcer.recorder, daemon.announcer, daemon])
        daemon.announcer.send(Done(True))
    os._exit(0)
