"""Folders for temporary files: gone afterwards, and where this process is killed, gone with the next one's start.

Each is locked by its process, and a lock ends with the process however that ends (flock(2)). So what is not locked is
nobody's any more. On Windows, which has no such locks, what a killed process left stays until the system cleans up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PREFIX = "grading-"
_MADE = 60.0  # seconds that a new folder may take until it is locked


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Give a new folder that only this user may look into."""
    # Cleaning up must not hide a result: on Windows a file that is still open can't be removed.
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        if sys.platform == "win32":
            yield folder
            return
        _remove_abandoned(folder.parent)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(lock)


@cache
def _remove_abandoned(place: Path) -> None:
    """Remove what killed processes of this user left in `place`; once for each process is enough."""
    if sys.platform == "win32":
        return
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.geteuid() or time.time() - status.st_mtime < _MADE:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for each, _, _ in os.walk(folder):
                    Path(each).chmod(0o700)  # submissions are copied into folders that can't be written
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
