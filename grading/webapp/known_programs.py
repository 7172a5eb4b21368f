"""Messages between step 9's pool and its workers, which run the kit's own programs: see `judging.student_tests.pool`.

    to a worker     ServeProgram, with the file of a channel: serve this program over it until it is closed
    from it         Again: that run has left nothing behind, so another program may come

A worker was asked by hostile tests, but holds this socket alone; whatever else it says, it gets no other program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grading.processes.messages import TypeAdapter

KNOWN_PROGRAMS = "known programs"
"""The task of such a child of the farm."""


@dataclass(frozen=True)
class ServeProgram:
    """Serve the program in this folder."""

    program: str


@dataclass(frozen=True)
class Again:
    """The worker is as it was when it was new."""

    again: Literal[True] = True


SERVE_PROGRAM: TypeAdapter[ServeProgram] = TypeAdapter(ServeProgram)
AGAIN: TypeAdapter[Again] = TypeAdapter(Again)
