"""The helper behind `warm`: a pytest that has collected the suite, has LiteLLM imported, and waits for checks.

Started as `python -m grading.checking.daemon ADDRESS SESSION FORKS UNIX`. Where a fork is safe, a copy of this process
runs each check. Elsewhere this process runs one; the other side starts the next one meanwhile.

A check is a connection: one line with an object comes in, the lines of `judge` go out. When the connection is closed,
the judge and what the program has started end at once. Or the object is a whole command: see `_run_command`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import gc
import hmac
import io
import json
import os
import secrets
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest
from rich.console import Console

from grading import KIT
from grading.checking import address as warm_connection
from grading.judging.judge import Announcer, reap, run_pytest
from grading.results.result import make_result
from grading.results.terminal import show_result
from grading.webapp.reuse import Running

IDLE = 600.0
"""Seconds without a check after which it ends."""
_TICK = 2.0  # seconds between two looks whether it is still of use


class Helper:
    """A pytest plugin whose run loop waits for checks."""

    def __init__(self, place: Path, session: int, cli: Any) -> None:
        """Listen at `place`. Raises OSError."""
        self._cli = cli
        self._place = place
        self._sessions = {session}
        self._token = "" if warm_connection.UNIX else secrets.token_hex(16)
        self._listener = self._listen()
        self._identity = place.stat().st_ino
        self._last = time.monotonic()
        self.announcer = Announcer(None)

    def _listen(self) -> socket.socket:
        """Make the address appear all at once: one that another helper made at the same moment is replaced."""
        draft = self._place.with_name(f"{os.getpid()}.new")
        draft.unlink(missing_ok=True)
        if warm_connection.UNIX:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(draft))
            listener.listen()
        else:
            listener = socket.create_server(("127.0.0.1", 0))
            said = {"port": listener.getsockname()[1], "token": self._token}
            draft.write_text(json.dumps(said), encoding="utf-8")
        listener.settimeout(_TICK)
        draft.replace(self._place)
        return listener

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Return when this process has a check to run: pytest then runs the collected tests."""
        cli = self._cli
        from grading.provider import rehearsal  # LiteLLM, typer, uvicorn
        from grading.webapp import live_server  # noqa: F401  # LiteLLM, typer, uvicorn
        from grading.webapp import loading as app_in_process  # noqa: F401  # LiteLLM, typer, uvicorn

        if warm_connection.FORKS:
            cli.command()
            with cli.watched(console := Console(file=io.StringIO())):
                show_result(console, make_result((), "", 0), "")
            rehearsal.rehearse()
        gc.collect()
        gc.freeze()
        while True:
            connection = self._next()
            gc.disable()  # a check lives for a second
            if warm_connection.FORKS:
                reap()
                self._last = time.monotonic()
                if os.fork():
                    connection.close()
                    continue
                os.setsid()  # its own group: what the program starts ends with it
            else:
                self._place.unlink(missing_ok=True)  # the next one is not for this process
            self._listener.close()
            self._begin(session, connection)
            return

    def _next(self) -> socket.socket:
        """Wait for a check; end this process if none will come any more."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if not self._needed():
                    self._leave()
                continue
            if hasattr(socket, "SO_PEERCRED"):
                peer, *_ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
                with contextlib.suppress(OSError):
                    self._sessions.add(os.getsid(peer))
            return connection

    def _needed(self) -> bool:
        """Whether a client may still come: the kit is unchanged, no other helper took over, a terminal is left."""
        with contextlib.suppress(OSError):
            own = warm_connection.address() == self._place and self._place.stat().st_ino == self._identity
            return own and time.monotonic() - self._last < IDLE and any(map(_is_alive, self._sessions))
        return False

    def _leave(self) -> NoReturn:
        with contextlib.suppress(OSError):
            if self._place.stat().st_ino == self._identity:
                self._place.unlink()
        os._exit(0)

    def _begin(self, session: pytest.Session, connection: socket.socket) -> None:
        """Make this process what the other side asks for: the judge of a program, or a command."""
        connection.settimeout(warm_connection.START)
        stream = connection.makefile("rw", encoding="utf-8", newline="\n")
        order: dict[str, Any] = json.loads(stream.readline())
        if not hmac.compare_digest(order["token"], self._token):
            os._exit(1)
        connection.settimeout(None)
        os.environ.clear()
        os.environ.update(order["environment"])
        tempfile.tempdir = None  # a variable names it
        if hasattr(time, "tzset"):
            time.tzset()
        if "command" in order:
            _run_command(order, connection, self._cli)
        threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
        # Whatever holds Python up: a thread of the C library's ends this process. Later than the other side, which
        # closes the connection at the deadline: only that ends what the program has started, too.
        faulthandler.dump_traceback_later(2 * order["deadline"], exit=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        session.config.option.app = order["folder"]
        if order["trace"]:
            from grading.suite.plugin import RUNNING, running_here  # late: pytest must be the first to import a plugin

            traced: Running = functools.partial(running_here, trace=True)
            session.config.stash[RUNNING] = traced
        self.announcer.begin(session, stream, order["steps"])


def _run_command(order: dict[str, Any], connection: socket.socket, cli: Any) -> NoReturn:
    """Run a command of `grade` with the streams that the other side sends, tell it the exit code, and end.

    Further bytes from it mean Ctrl-C. It hears of no code if the command failed in a way that it should see itself.
    """
    connection.sendall(b"\n")
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    if len(files) < 3:  # the other side has ended, or has no such stream
        _end()
    for number, file in enumerate(files):
        os.dup2(file, number)
    sys.stdout, sys.stderr = (
        open(number, "w", encoding=encoding, errors=errors, buffering=buffering, closefd=False)  # noqa: SIM115
        for number, buffering, (encoding, errors) in zip((1, 2), (-1, 1), order["encodings"], strict=True)
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    os.chdir(order["folder"])
    sys.argv = ["grade", *order["command"]]
    try:
        cli.main()
    except SystemExit as end:
        sys.stdout.flush()
        connection.sendall(str(end.code).encode())
    finally:
        _end()


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


def _end_with(connection: socket.socket) -> None:
    """End this process and what it has started as soon as the other side closes the connection."""
    with contextlib.suppress(OSError):
        while connection.recv(1):
            os.kill(os.getpid(), signal.SIGINT)
    _end()


def _end() -> NoReturn:
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def serve(cli: Any) -> None:
    """Serve until nobody needs it; `cli` is the command line."""
    place, session = Path(sys.argv[1]), int(sys.argv[2])
    warm_connection.FORKS, warm_connection.UNIX = (bool(int(flag)) for flag in sys.argv[3:5])
    with contextlib.suppress(OSError):
        helper = Helper(place, session, cli)
        run_pytest(str(KIT / "tests"), [str(KIT / "tests")], [helper.announcer.recorder, helper.announcer, helper])
        helper.announcer.send(done=True)
    _end()
