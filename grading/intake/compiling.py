"""Compile what a student sent, in a child with limits: see compile_child.py for the reason. Nothing of it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_CHILD = Path(__file__).with_name("compile_child.py")
_SECONDS = 30  # on the clock: its processor time is bounded to 5 where the system can, but a machine may be busy
MEMORY = 600_000_000
"""Bytes of address space; an honest program of 500 kB took 300 MB (Python 3.10-3.13)."""
LITTLE_MEMORY = 100_000_000
"""For what is read again where others need the memory; an honest file of 100 kB takes 25 MB."""


class TooComplex(Exception):
    """The compiler needed more memory, time or depth than a program may cost."""


def compile_source(source: bytes, filename: str, memory: int = MEMORY) -> SyntaxError | None:
    """Compile a program's bytes in at most `memory` bytes; `filename` is what messages call it.

    Returns its error. Raises TooComplex.
    """
    command = [sys.executable, "-I", "-S", str(_CHILD), filename, str(memory)]
    try:
        done = subprocess.run(command, input=source, capture_output=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooComplex from error
    if done.returncode != 0:  # MemoryError, RecursionError, or its limits ended it
        raise TooComplex
    if (told := json.loads(done.stdout)) is None:
        return None
    kind, message, line, offset, text = told
    kinds = {"IndentationError": IndentationError, "TabError": TabError}
    return kinds.get(kind, SyntaxError)(message, (filename, line, offset, text))
