"""Notice when a file of a folder is saved, for `grade watch` and `grade ui`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import watchfiles

from grading.laptop.app_process import python_files


def wait_for_saves(folder: Path, saved: Callable[[], None], stop: threading.Event) -> None:
    """Call `saved` after each change in `folder` until `stop` is set, also after it was removed and came back.

    The system's events are quick, but on network drives and in containers and WSL some or all never come, and
    watchfiles' own polling takes two saves within a second for one. So this also looks, twice a second.
    """
    while not stop.is_set():
        with contextlib.suppress(OSError):
            identity, files = folder.stat().st_ino, python_files(folder)
            changes = watchfiles.watch(
                folder,
                stop_event=stop,
                debounce=400,
                rust_timeout=500,
                yield_on_timeout=True,
                raise_interrupt=False,
                ignore_permission_denied=True,
            )
            for change in changes:
                before, files = files, python_files(folder)
                if change or files != before:
                    saved()
                if folder.stat().st_ino != identity:
                    break
        while not stop.wait(0.3) and not folder.is_dir():
            pass
        if not stop.is_set():
            saved()
