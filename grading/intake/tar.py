"""Read a .tar.gz or .tar in memory, without trusting its headers. Other kinds of compression are not taken.

tarfile reads headers of any size into memory, and skips files by unpacking them: so what comes out is bounded as a
whole, and headers by themselves.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Self, cast

from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.intake.environments import Environments
from grading.text import shown

TARS = (".tar.gz", ".tgz", ".tar")
MAX_UNPACKED = 60_000_000  # bytes: three times what may be handed in, for an environment that is then left out
_MAX_HEADER = 100_000  # bytes of a long name or of further attributes
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError)


class _Header(tarfile.TarInfo):
    """A header that is no longer than headers are, and of no kind that needs more of tarfile than that."""

    # tarfile's comments name it as the method to override; from Python 3.14 on it passes `frombuf` by.
    def _proc_member(self, archive: tarfile.TarFile) -> Self:
        if self.type == tarfile.GNUTYPE_SPARSE or (self.type in _HEADERS and self.size > _MAX_HEADER):
            raise SubmissionError("bad_archive", "It is packed in an unusual way. Send a zip of your folder.")
        member: Self = super()._proc_member(archive)  # type: ignore[misc]
        return member


class _Bounded(io.RawIOBase):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MAX_UNPACKED

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise SubmissionError(
                "too_large", f"It unpacks to more than {MAX_UNPACKED // 10**6} MB. Send only your program."
            )
        return data


def read_tar(path: Path) -> dict[str, bytes]:
    """Return the files of the tar at `path`, gzipped or not, by relative name. Writes nothing to disk.

    Raises SubmissionError if it is broken, unsafe or too large, OSError if it can't be opened.
    """
    collection = Collection()
    names: list[str] = []
    with open(path, "rb", opener=open_unlinked) as stream:
        try:
            _read(stream, lambda member, content: names.append(member.name))
            collection.environments = Environments(names)
            stream.seek(0)
            _read(stream, lambda member, content: _take(member, content, collection))
        except _BROKEN as error:
            told = "It may have broken off on its way. Make it again, or send a zip of your folder."
            raise SubmissionError("bad_archive", f"'{shown(path.name)}' can't be unpacked. {told}") from error
    return collection.contents


def _take(member: tarfile.TarInfo, content: IO[bytes] | None, collection: Collection) -> None:
    name = collection.admit(member.name, folder=member.isdir())
    if name is None or member.isdir():
        return
    if content is None:
        told = "is a link or another special file. Put the file itself in its place and pack again."
        raise SubmissionError("unsafe_archive", f"'{shown(name)}' {told}")
    collection.take(name, content)


def _read(stream: IO[bytes], each: Callable[[tarfile.TarInfo, IO[bytes] | None], None]) -> None:
    start = stream.read(2)
    stream.seek(0)
    plain = cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if start == b"\x1f\x8b" else stream
    with tarfile.open(fileobj=cast(IO[bytes], _Bounded(plain)), mode="r|", tarinfo=_Header) as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # else it keeps all headers
            each(member, archive.extractfile(member) if member.type in _FILES else None)
