"""Read a zip or a tar in memory, entry by entry, without trusting anything that its headers claim."""

from __future__ import annotations

import contextlib
import io
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.intake.environments import Environments
from grading.intake.tar import TARS, read_tar
from grading.text import shown

ARCHIVES = (".zip", *TARS)
"""Endings of what `read_archive` reads."""
MAX_DIRECTORY = 8_000_000  # bytes of a zip's central directory: a .venv, which is ignored, takes a third
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # APPNOTE.TXT 4.4.4: encrypted, strongly encrypted, encrypted names
_UTF8_NAME = 0x0800  # the same table
_LEGACY = ("cp932", "gbk", "big5", "cp949")
_SPLIT = re.compile(rb"[\x81-\xfe]\\")  # two bytes that are one character in these, or a letter and a backslash
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)


class BoundedReader(io.BufferedReader):
    """Cap a single read: zipfile reads the whole central directory at once, however long the zip claims it is."""

    most: int | None = None
    """Bytes of the central directory; None: what a submission may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = self.most or MAX_DIRECTORY
        data = super().read(most + 1 if size is None or size < 0 else min(size, most + 1))
        if len(data) > most:
            raise SubmissionError("too_large", "The zip holds far too many files. Send only your program.")
        return data


def read_archive(path: Path) -> dict[str, bytes]:
    """Return the files of a zip or a tar, as `read_zip` and `read_tar` do."""
    return read_tar(path) if path.name.lower().endswith(TARS) else read_zip(path)


def read_zip(path: Path) -> dict[str, bytes]:
    """Return the files of the zip at `path`, by relative name. Writes nothing to disk.

    Raises SubmissionError if it is broken, encrypted, unsafe or too large, OSError if it can't be opened.
    """
    collection = Collection()
    name = shown(path.name)
    with BoundedReader(open(path, "rb", buffering=0, opener=open_unlinked)) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                entries = archive.infolist()
                if len({entry.header_offset for entry in entries}) < len(entries):  # zipfile only warns, and reads it
                    raise zipfile.BadZipFile("Two entries have the same data.")
                named = [(entry, stored_name(entry)) for entry in entries]
                collection.environments = Environments(name for _, name in named)
                for entry, stored in named:
                    if file := admit_entry(entry, stored, collection):
                        with archive.open(entry) as content:
                            collection.take(file, content)
        except BROKEN as error:
            told = "It may have broken off on its way. Make the zip again, or send the folder."
            raise SubmissionError("bad_archive", f"'{name}' is not a zip that can be read. {told}") from error
    return collection.contents


def admit_entry(entry: zipfile.ZipInfo, name: str, collection: Collection) -> str | None:
    """Normalize the `name` of an entry. Returns None if it is no file, or ignored. Raises SubmissionError."""
    folder = stored_name(entry).endswith("/")
    tidy = collection.admit(name, folder=folder)
    if tidy is None:
        return None
    kind = stat.S_IFMT(entry.external_attr >> 16)  # 0 where the zip was made on Windows
    if kind not in (0, stat.S_IFDIR if folder else stat.S_IFREG):
        told = "is a link or another special file. Put the file itself in its place and zip again."
        raise SubmissionError("unsafe_archive", f"'{shown(tidy)}' {told}")
    if folder:
        return None
    if entry.flag_bits & _ENCRYPTED:
        raise SubmissionError("bad_archive", "The zip has a password. Make it again without one.")
    # For these two, zipfile caps what one read returns; with bzip2 or lzma it may return gigabytes.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        told = "is packed in an unusual way. Make the zip with your system's own menu."
        raise SubmissionError("bad_archive", f"'{shown(tidy)}' {told}")
    return tidy


def stored_name(entry: zipfile.ZipInfo) -> str:
    """Decode the name as stored, with `/` between folders.

    macOS stores UTF-8 without setting the flag, and zipfile decodes that as cp437. PowerShell 5.1 stores backslashes in
    place of slashes. Windows in Japan, China and Korea stores the system's old encoding, in which the second byte of a
    character may be a backslash; there, a slash in the same name shows that the backslashes are none.
    """
    # Not `filename`: zipfile has already cut it at a NUL and, on Windows, converted its backslashes.
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        with contextlib.suppress(UnicodeError):
            stored = name.encode("cp437")
            name = _decoded(stored) or name
    return name.replace("\\", "/")


def _decoded(stored: bytes) -> str | None:
    encodings = ["utf-8", *(_LEGACY if b"/" in stored and _SPLIT.search(stored) else ())]
    for encoding in encodings:
        with contextlib.suppress(UnicodeError):
            return stored.decode(encoding)
    return None
