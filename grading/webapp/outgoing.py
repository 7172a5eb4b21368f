"""Judge's side. Trusts nothing that it receives: what answers the requests that a program makes to others."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import httpx


class Outgoing(Protocol):
    """Answers what a program asks others through httpx, during one test. `provider.provider.Provider` is one."""

    strays: list[str]
    """What it was asked and should not have been, in a few words each."""
    stray: str
    """What a stray is, for a student; and what was expected."""
    expected: str
    server_thread: int | None
    """The thread in which the app's event loop runs, if that is in this process."""

    @property
    def is_holding(self) -> bool:
        """Whether the next answer may take a while."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises the httpx.TransportError with which it is to end."""

    def asked(self) -> list[str]:
        """Return what it was asked, strays among it, in a few words each."""

    def forget(self) -> None:
        """Forget what it was asked, but for strays."""

    def caught(self) -> AbstractContextManager[Any]:
        """Catch the requests of this process; what is entered has the attribute `provider`, which may be replaced."""


class Nobody:
    """Refuses every connection: for assignments whose programs have nobody to ask."""

    is_holding = False
    stray = "a request to somebody else"
    expected = "the program asks nobody"

    def __init__(self) -> None:
        self.strays: list[str] = []
        self.server_thread: int | None = None
        self.provider = self

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Refuse it."""
        self.strays.append(f"{request.method} {request.url}"[:200])
        raise httpx.ConnectError("The test suite stopped this request.", request=request)

    def asked(self) -> list[str]:
        """Return what was refused."""
        return list(self.strays)

    def forget(self) -> None:
        """Remember nothing else."""

    def caught(self) -> AbstractContextManager[Any]:
        """Catch nothing: without it, the network guard stops connections."""
        return nullcontext(self)
