"""The body of an answer whose connection fails half-way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Literal, TypeAlias

import httpx

Break: TypeAlias = Literal["error", "lost", "silent", "ends"]
"""How a stream breaks off: it says an error; the connection is lost; nothing more comes; it ends without an end."""


class Interrupted(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Yields the frames, then fails: the connection is lost, or its read time-out is over ("silent")."""

    def __init__(self, frames: list[bytes], how: Break, request: httpx.Request, message: str) -> None:
        self._frames = frames
        kind = httpx.ReadTimeout if how == "silent" else httpx.ReadError
        self._problem = kind(message, request=request)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._frames
        raise self._problem

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for frame in self._frames:
            yield frame
        raise self._problem
