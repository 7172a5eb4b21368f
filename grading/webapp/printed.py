"""Both sides. Keep the last lines that a program prints, where it runs in the judge's process, and pass them on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_LINES, _KEPT = 10, 20_000  # what is kept: lines of one request, and characters in all

_kept: list[_Tee] = []


class _Tee:
    """A text stream that also keeps what is written; all else is the other stream's: a debugger finds its terminal."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._tail = ""
        self.total = 0
        """Characters that were written."""

    def write(self, text: str) -> int:
        """Write, and keep the end."""
        written: int = self._stream.write(text)
        self._tail = (self._tail + text)[-_KEPT:]
        self.total += len(text)
        return written

    def writelines(self, lines: Any) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def since(self, total: int) -> str:
        """Return the last lines of what came after the first `total` characters."""
        new = self._tail[-(self.total - total) :] if self.total > total else ""
        return "\n".join(new.splitlines()[-_LINES:])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def kept_lines() -> Iterator[None]:
    """Within it, `print` and what else writes to standard output is kept for `last_lines`."""
    before = sys.stdout
    sys.stdout = tee = _Tee(before)
    _kept.append(tee)
    try:
        yield
    finally:
        _kept.remove(tee)
        if not getattr(before, "closed", False):  # after Ctrl-C, pytest has ended its capturing: nobody can write there
            sys.stdout = before


def last_lines() -> Callable[[], str]:
    """Return a function that returns the last lines that are printed from now on; "" if nobody keeps them."""
    if not _kept:
        return lambda: ""
    tee, total = _kept[-1], _kept[-1].total
    return lambda: tee.since(total)
