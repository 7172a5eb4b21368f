"""Judge's side. Trusts nothing that it receives: let what a program asks others be answered.

How often it may ask, and how much, is bounded: `Outgoing` remembers all of it.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from dataclasses import replace

import httpx

from grading.harness.broken_stream import BrokenStream
from grading.harness.keys import ON_SERVER_THREAD
from grading.processes.channel import BrokenChannel, Channel
from grading.webapp.frames import Ask, NoRequest, Outcome, header
from grading.webapp.outgoing import Outgoing

_MAX_ASKED = 300  # requests in one test; the suite's own tests make at most 20
_MAX_ASKED_BYTES = 8 * 2**20  # of them together; the suite's own have some 100 kB


class Asked:
    """What the program of one process asks others."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._outgoing: Outgoing | None = None
        self._count = self._bytes = 0

    def begin(self, outgoing: Outgoing) -> None:
        """Let `outgoing` answer from now on, in a new test."""
        self._outgoing = outgoing
        self._count = self._bytes = 0

    def answer(self, ask: Ask | NoRequest, body: bytes) -> None:
        """Answer a request, in a thread of its own if that may take a while. Raises BrokenChannel."""
        self._count += 1
        self._bytes += len(body)
        outgoing = self._outgoing
        if outgoing is None or self._count > _MAX_ASKED or self._bytes > _MAX_ASKED_BYTES:
            self._send(Outcome(ask.ask, error="ConnectError", text="The test suite stopped this request."))
        elif outgoing.is_holding:
            threading.Thread(target=self._answer_aside, args=(outgoing, ask, body), daemon=True).start()
        else:
            self._answer(outgoing, ask, body)

    def _answer_aside(self, outgoing: Outgoing, ask: Ask | NoRequest, body: bytes) -> None:
        with contextlib.suppress(BrokenChannel, ValueError):
            self._answer(outgoing, ask, body)

    def _answer(self, outgoing: Outgoing, ask: Ask | NoRequest, body: bytes) -> None:
        try:
            response = outgoing.answer(_request(ask, body))
        except httpx.TransportError as error:
            self._send(Outcome(ask.ask, error=type(error).__name__, text=str(error)))
        except Exception:  # httpx could not make a request of it
            self._send(Outcome(ask.ask, error="ConnectError", text="This is no request."))
        else:
            said = Outcome(ask.ask, response.status_code, response.headers.raw)
            if isinstance(stream := response.stream, BrokenStream):
                broken = replace(said, error=type(stream.problem).__name__, text=str(stream.problem))
                self._send(broken, b"".join(stream.pieces))
            else:
                self._send(said, response.read())

    def _send(self, outcome: Outcome, body: bytes = b"") -> None:
        self._channel.send(header(outcome), body)


def _request(ask: Ask | NoRequest, body: bytes) -> httpx.Request:
    """Return what was asked as httpx's own request. Raises ValueError and more for what is none."""
    if isinstance(ask, NoRequest):
        raise ValueError("no request")
    extensions = {"timeout": {"read": ask.timeout}, ON_SERVER_THREAD: ask.blocks}
    return httpx.Request(ask.method, _url(ask.url), headers=ask.headers, content=body, extensions=extensions)


@functools.lru_cache(100)
def _url(text: str) -> httpx.URL:
    """Parse a URL, and remember it: parsing takes longer than all else about a request, and few URLs are asked."""
    return httpx.URL(text)
