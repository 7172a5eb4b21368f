"""Read keys for `grade watch`: one by one from a terminal, or as lines from any other input.

By hand, because readchar (4.2) turns Ctrl-C on Linux from a signal into a key, which could not interrupt a check, and
it leaves the terminal without echo if the program ends while it waits for a key.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator

QUIT = "q"
_SEQUENCE = re.compile(r"\x1b([\[O][0-9;]*[A-Za-z~])?")  # of an arrow key, for example


@contextlib.contextmanager
def read_keys(take: Callable[[str], object], from_terminal: bool) -> Iterator[None]:
    """Pass keys to `take`, in lower case, from a thread of its own; QUIT when the terminal is gone.

    Unless `from_terminal`, keys come as lines, of which the first letter counts. Afterwards the terminal is as before.
    """
    with _single_keys() if from_terminal else contextlib.nullcontext():
        threading.Thread(target=_read_terminal if from_terminal else _read_lines, args=(take,), daemon=True).start()
        yield


def _read_lines(take: Callable[[str], object]) -> None:
    for line in sys.stdin or ():  # some programs start others without any input
        take(line.strip()[:1].lower() or "\n")


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Turn off echo and line buffering; Ctrl-C still interrupts."""
    if sys.platform == "win32":
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _read_terminal(take: Callable[[str], object]) -> None:
    """Read single keys and skip escape sequences."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            key = msvcrt.getwch()
            if key in "\x00\xe0":
                msvcrt.getwch()
            else:
                take(QUIT if key == "\x03" else key.lower())
    with contextlib.suppress(OSError):
        while keys := os.read(sys.stdin.fileno(), 64):
            for key in _SEQUENCE.sub("", keys.decode(errors="ignore")).lower():
                take(key)
    take(QUIT)
