"""Frames between two processes: a JSON header and raw bytes, over two file descriptors.

A frame is two unsigned 32-bit lengths (network byte order), the header (a JSON object in UTF-8), the body. Either
side may be hostile: sizes are capped before anything is read, and nothing but JSON is decoded.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_HEADER = 256 * 1024
MAX_BODY = 4 * 1024 * 1024

_LENGTHS = struct.Struct("!II")
_PIECE = 1 << 18


class BrokenChannel(Exception):
    """The other side has ended, does not read any more, or does not keep to the form of a frame."""


class ChannelEnded(BrokenChannel):
    """The other side has closed it, as a process does that ends."""


class Channel:
    """One end. `send` may be called from any thread, `receive` from one."""

    def __init__(self, reader: int, writer: int) -> None:
        """Take over two file descriptors, which may be the same socket."""
        self._reader = reader
        self._writer = writer
        self._sending = threading.Lock()
        self._stuck = False

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send one frame. Raises BrokenChannel, and ValueError for a frame that is over the caps."""
        text = json.dumps(header, separators=(",", ":")).encode()
        if len(text) > MAX_HEADER or len(body) > MAX_BODY:
            raise ValueError(f"a frame of {len(text)} and {len(body)} bytes is over the caps")
        data = memoryview(_LENGTHS.pack(len(text), len(body)) + text + body)
        with self._sending:
            if self._stuck:  # in the middle of a frame: to wait once is enough
                raise BrokenChannel("does not read")
            try:
                while data:
                    data = data[os.write(self._writer, data[:_PIECE]) :]
            except OSError as problem:
                self._stuck = True
                ended = isinstance(problem, (BrokenPipeError, ConnectionResetError))
                raise (ChannelEnded if ended else BrokenChannel)(f"does not read: {problem.strerror}") from None

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """Wait for the next frame and return its header and body. Raises BrokenChannel."""
        header_size, body_size = _LENGTHS.unpack(self._read(_LENGTHS.size))
        if header_size > MAX_HEADER or body_size > MAX_BODY:
            raise BrokenChannel(f"sent a frame of {header_size} and {body_size} bytes, which is over the caps")
        try:
            header = json.loads(self._read(header_size))
        except (ValueError, RecursionError):
            raise BrokenChannel("sent a frame whose header is not JSON") from None
        if not isinstance(header, dict):
            raise BrokenChannel("sent a frame whose header is not an object")
        return header, self._read(body_size)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                piece = os.read(self._reader, min(size - len(data), _PIECE))
            except OSError as problem:
                raise ChannelEnded(f"it cannot be read: {problem.strerror}") from None
            if not piece:
                raise ChannelEnded("it has ended")
            data += piece
        return bytes(data)

    def close(self) -> None:
        """Close both descriptors. Nothing is sent afterwards: the system may give their numbers to other files."""
        self._stuck = True
        for number in {self._reader, self._writer}:
            with contextlib.suppress(OSError):
                os.close(number)


@dataclass
class Process:
    """A process at the other end of a channel."""

    channel: Channel
    end: Callable[[float], str]
    """Gives the process so many seconds to end by itself, ends it, and says how it did ("exit code 3")."""
