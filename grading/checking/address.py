"""The way to the helper that keeps all imported, for `grade check` and `grade watch`: `warm_helper` is its other end.

The helper's address has a name that is made from all that it has imported, so after a change of the kit nobody finds
the old helper any more. Where a fork is safe, the helper also runs the whole command `grade check`, in place of the
process that was started for it: imports are half of its time, so this module needs few.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import sys
from importlib.util import find_spec
from pathlib import Path

from grading import KIT

START = 60.0
"""Seconds that a helper may take until it has imported everything."""

# macOS's own libraries do not survive a fork; Windows has none, and no Unix sockets in Python either.
FORKS = os.name == "posix" and sys.platform != "darwin"
UNIX = hasattr(socket, "AF_UNIX")


def run_command(arguments: list[str]) -> int | None:
    """Let the helper run the command `grade` in place of this process: with its streams, folder and environment.

    Returns the exit code, or None if no helper did it to the end.
    """
    if not (FORKS and UNIX):
        return None
    try:
        connection, _ = connect(address())
        with connection:
            connection.settimeout(START)
            encodings = [(stream.encoding, stream.errors) for stream in (sys.stdout, sys.stderr)]
            order = {"command": arguments, "encodings": encodings, "folder": os.getcwd(), "token": ""}  # noqa: PTH109
            connection.sendall(json.dumps({**order, "environment": dict(os.environ)}).encode() + b"\n")
            if not connection.recv(1):
                return None
            socket.send_fds(connection, [b"\n"], [0, 1, 2])
            connection.settimeout(None)
            try:
                code = connection.recv(4)
            except KeyboardInterrupt:  # the helper is not of this terminal's session: it must be told
                connection.sendall(b"\n")
                code = connection.recv(4)
            return int(code) if code else None
    except (OSError, ValueError, AttributeError):  # a stream may be closed, that is None
        return None


def connect(place: Path) -> tuple[socket.socket, str]:
    """Return a connection to the helper and the token that it wants to see. Raises OSError or ValueError."""
    if UNIX:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(place))
        except BaseException:
            connection.close()
            raise
        return connection, ""
    said = json.loads(place.read_text(encoding="utf-8"))
    return socket.create_connection(("127.0.0.1", said["port"]), timeout=START), said["token"]


def address() -> Path:
    """Return where a helper for the kit as it is now listens: a Unix socket, or a file with a port and a token.

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
    python = [sys.executable, sys.version, *sorted(item for item in os.environ.items() if item[0].startswith("PYTHON"))]
    name = hashlib.sha256(repr((python, FORKS, UNIX, states)).encode()).hexdigest()[:16]
    return _private_folder() / f"{name}.{'sock' if UNIX else 'json'}"


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
        raise PermissionError(f"{folder} is not only ours")
    return folder
