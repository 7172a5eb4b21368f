"""The body of an HTTP answer whose connection fails half-way, as an httpx client gets it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence

import httpx


class BrokenStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Yields the pieces, then raises the problem."""

    def __init__(self, pieces: Sequence[bytes], problem: httpx.TransportError) -> None:
        self.pieces = pieces
        self.problem = problem

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        raise self.problem

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        raise self.problem
