"""Compile what a student sent, in a child with limits: see compile_child.py for the reason. Nothing of it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_CHILD = Path(__file__).with_name("compile_child.py")
_SECONDS = 30  # on the clock: its processor time is bounded to 5 where the system can, but a machine may be busy


class TooComplex(Exception):
    """The compiler needed more memory, time or depth than a program may cost."""


def compile_source(source: bytes, filename: str) -> SyntaxError | None:
    """Compile a program's bytes; `filename` is what messages call it. Returns its error. Raises TooComplex."""
    command = [sys.executable, "-I", "-S", str(_CHILD), filename]
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
