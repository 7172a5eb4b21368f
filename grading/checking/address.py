"""Client side of the check daemon: where it listens, and how it runs the whole command `grade check`.

The daemon's address is made from all that it has imported, so after a change of the kit nobody finds the old daemon.
Where a fork is safe, it also runs the whole command in place of the process that was started for that: imports are half
of its time, so this module needs few. The messages that it sends are those of `checking.orders` and `processes.orders`.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import socket
import stat
import sys
from importlib.util import find_spec
from pathlib import Path

from grading import KIT

START = 60.0
"""Seconds that a daemon may take until it has imported everything."""

# macOS's own libraries do not survive a fork; Windows has none.
FORKS = os.name == "posix" and sys.platform != "darwin"

_WITHOUT_CACHES = "PYTHONDONTWRITEBYTECODE"


def run_command(arguments: list[str], output: int | None = None, patience: float | None = None) -> int | None:
    """Let the daemon run the command `grade` in place of this process: with its streams, folder and environment.

    `output`: a file descriptor for both output streams. Returns the exit code; None if no daemon did it to the end, or
    not within `patience` seconds, after which it is ended.
    """
    if not FORKS:
        return None
    try:
        encodings = [(stream.encoding, stream.errors) for stream in (sys.stdout, sys.stderr)]
        order = {"command": arguments, "folder": os.getcwd(), "encodings": encodings, "environment": dict(os.environ)}  # noqa: PTH109
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as code, connect(address()) as daemon:
            with os.fdopen(writer, "wb"):
                streams = [0, 1, 2] if output is None else [0, output, output]
                socket.send_fds(daemon, [json.dumps({"launch": order}).encode()], [*streams, writer])
            child = json.loads(daemon.recv(4096))["pid"]
            daemon.settimeout(None)
            if patience is not None and not select.select([code], [], [], patience)[0]:
                return None  # without this connection the daemon ends the command
            try:
                return int(code.read() or "none")
            except KeyboardInterrupt:  # the daemon is not in this terminal's session
                daemon.send(json.dumps({"signal": signal.SIGINT, "pid": child}).encode())
                return int(code.read() or "none")
    except (OSError, ValueError, AttributeError, KeyError):  # a stream may be closed: it is None then
        return None


def connect(place: Path) -> socket.socket:
    """Return a connection to the daemon that forks. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(START)
        connection.connect(str(place))
    except BaseException:
        connection.close()
        raise
    return connection


def address() -> Path:
    """Return where a daemon for the kit as it is now listens: a Unix socket, or a file with a port and a token.

    It is in a folder that only this user can look into. Raises OSError if there can't be one.
    """
    packages = Path((find_spec("litellm") or find_spec("grading")).origin or "").parent.parent  # type: ignore[union-attr]
    files = [
        *sorted((KIT / "tests").glob("*.py")),
        *sorted(
            path
            for path in (KIT / "grading").rglob("*.py")
            if not {"gallery", "tests"} & set(path.parts[len(KIT.parts) :])
        ),
    ]
    files += [KIT / "tests" / "steps.toml", KIT / "pyproject.toml", packages]
    states = [(str(path), (status := path.stat()).st_mtime_ns, status.st_size) for path in files]
    # Variables that change how Python works; the daemon is started with this one, and has to know its own address.
    variables = [item for item in os.environ.items() if item[0].startswith("PYTHON") and item[0] != _WITHOUT_CACHES]
    python = [sys.executable, sys.version, *sorted(variables)]
    name = hashlib.sha256(repr((python, FORKS, states)).encode()).hexdigest()[:16]
    return _private_folder() / f"{name}.{'sock' if FORKS else 'json'}"


def blocked() -> str | None:
    """Return what keeps a daemon from this user, as a sentence; None if nothing does. Checks are slow without one."""
    try:
        _private_folder()
    except PermissionError as error:
        return f"Each check takes ten seconds more than it should: {error}. Remove it, or set XDG_RUNTIME_DIR."
    except OSError as error:
        return f"Each check takes ten seconds more than it should: no folder for its helper ({error.strerror})."
    return None


def _private_folder() -> Path:
    user = os.getuid() if os.name == "posix" else 0  # on Windows, the folder for temporary files is the user's own
    place = os.environ.get("XDG_RUNTIME_DIR")
    if not place:
        import tempfile  # late: it imports much, and most desktops have the variable

        place = tempfile.gettempdir()
    folder = Path(place) / f"litellm-kit-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or (os.name == "posix" and (status.st_uid != user or status.st_mode & 0o077)):
        raise PermissionError(f"{folder} is somebody else's, or open to others")
    return folder
