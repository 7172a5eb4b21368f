"""Frames arrive as they were sent; whatever else comes is refused before it costs memory or time."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from grading.processes.channel import MAX_BODY, MAX_HEADER, BrokenChannel, Channel


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the raw socket at its other end."""
    ours, theirs = socket.socketpair()
    number = ours.detach()
    channel = Channel(number, number)
    with theirs:
        yield channel, theirs
    channel.close()


def test_a_frame_arrives_as_it_was_sent(ends: tuple[Channel, socket.socket]) -> None:
    channel, raw = ends
    other = Channel(raw.fileno(), raw.fileno())
    header, body = {"do": "é 語 😀", "list": [1, None, 2.5]}, bytes(range(256)) * 4096
    thread = threading.Thread(target=channel.send, args=(header, body))
    thread.start()
    assert other.receive() == (header, body)
    thread.join()


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "ended"),
        (b"\0\0", "ended"),
        (struct.pack("!II", 2, 5) + b"{}abc", "ended"),
        (struct.pack("!II", MAX_HEADER + 1, 0), "over the caps"),
        (struct.pack("!II", 2, MAX_BODY + 1), "over the caps"),
        (struct.pack("!II", 2**32 - 1, 2**32 - 1), "over the caps"),
        (struct.pack("!II", 0, 0), "not JSON"),
        (struct.pack("!II", 5, 0) + b"\xff{}{}", "not JSON"),
        (struct.pack("!II", 2, 0) + b"[]", "not an object"),
        (struct.pack("!II", 100_000, 0) + b"[" * 100_000, "not JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "over the caps"),
    ],
)
def test_nonsense_is_refused(ends: tuple[Channel, socket.socket], sent: bytes, why: str) -> None:
    channel, raw = ends
    raw.sendall(sent)
    raw.shutdown(socket.SHUT_WR)
    with pytest.raises(BrokenChannel, match=why):
        channel.receive()


def test_a_frame_over_the_caps_is_not_sent(ends: tuple[Channel, socket.socket]) -> None:
    channel, _ = ends
    for header, body in (({"x": "a" * MAX_HEADER}, b""), ({}, bytes(MAX_BODY + 1))):
        with pytest.raises(ValueError, match="over the caps"):
            channel.send(header, body)


def test_sending_to_nobody_is_told(ends: tuple[Channel, socket.socket]) -> None:
    channel, raw = ends
    raw.close()
    with pytest.raises(BrokenChannel, match="does not read"):
        channel.send({}, bytes(MAX_BODY))


def test_closing_frees_the_descriptors() -> None:
    reader, writer = os.pipe()
    Channel(reader, writer).close()
    for number in (reader, writer):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
