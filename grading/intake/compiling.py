"""Compile what a student sent, in a child with limits: see compile_child.py for the reason. Nothing of it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_CHILD = Path(__file__).with_name("compile_child.py")
_SECONDS = 30  # on the clock: its processor time is bounded to 5 where the system can, but a machine may be busy


class TooComplex(Exception):
    """The compiler needed more memory, time or depth than a program may cost."""


@dataclass(frozen=True)
class Compiled:
    """What the compiler said of a source."""

    error: SyntaxError | None
    imports: frozenset[str]  # top-level packages that it imports; empty where there is an error


def compile_source(source: bytes, filename: str) -> Compiled:
    """Compile a program's bytes; `filename` is what messages call it. Raises TooComplex."""
    command = [sys.executable, "-I", "-S", str(_CHILD), filename]
    try:
        done = subprocess.run(command, input=source, capture_output=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooComplex from error
    if done.returncode != 0:  # MemoryError, RecursionError, or its limits ended it
        raise TooComplex
    told = json.loads(done.stdout)
    if "imports" in told:
        return Compiled(None, frozenset(told["imports"]))
    kind, message, line, offset, text = told["error"]
    return Compiled(_error(kind, message, (filename, line, offset, text)), frozenset())


def _error(kind: str, message: str, place: tuple[str, int | None, int | None, str | None]) -> SyntaxError:
    kinds = {"IndentationError": IndentationError, "TabError": TabError}
    return kinds.get(kind, SyntaxError)(message, place)
