"""Zip files written by hand, with headers that no honest program writes: for classes and tests of the intake."""

from __future__ import annotations

import struct
import zlib

PROGRAM = b"app = None\n"


def raw(
    names: list[bytes], content: bytes = PROGRAM, *, flags: int = 0, method: int = 0, mode: int = 0, size: int = -1
) -> bytes:
    """Return a zip written by hand, with any name, flag and size in its headers. Contents are stored."""
    body, table = b"", b""
    sizes = (zlib.crc32(content), len(content), len(content) if size < 0 else size)
    for name in names:
        common = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, *sizes, len(name), 0)
        table += b"PK\x01\x02" + struct.pack("<H", 20 | 3 << 8) + common
        table += struct.pack("<HHHII", 0, 0, 0, mode << 16, len(body)) + name
        body += b"PK\x03\x04" + common + name + content
    end = struct.pack("<HHHHIIH", 0, 0, len(names), len(names), len(table), len(body), 0)
    return body + table + b"PK\x05\x06" + end
