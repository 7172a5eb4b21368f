"""The ways in which a streamed answer breaks off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import httpx

from grading.harness.broken_stream import BrokenStream

Break: TypeAlias = Literal["error", "lost", "silent", "ends"]
"""How a stream breaks off: it says an error; the connection is lost; nothing more comes; it ends without an end."""


def interrupted(frames: Sequence[bytes], how: Break, request: httpx.Request, message: str) -> BrokenStream:
    """Return a body that fails after the frames: the connection is lost, or its read time-out is over ("silent")."""
    kind = httpx.ReadTimeout if how == "silent" else httpx.ReadError
    return BrokenStream(frames, kind(message, request=request))
