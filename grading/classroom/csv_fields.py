"""Change fields of a CSV file and no other byte: its quotes, line ends, order and encoding stay as they are.

Rules of reading: RFC 4180, and more tolerant. A quote inside a field without quotes is a character like others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_DELIMITERS = (b",", b";", b"\t")
_BOM = b"\xef\xbb\xbf"
_QUOTED = re.compile(rb'"[^"]*"')


class GradebookError(ValueError):
    """The file can't be read or filled; the text says why and what to do."""


@dataclass(frozen=True)
class Field:
    """One field: what it says, and where its bytes stand in the file."""

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True)
class CsvFile:
    """A CSV file as it was read: `rows` has the fields of each line that is not empty."""

    data: bytes
    delimiter: str
    rows: tuple[tuple[Field, ...], ...]

    def changed(self, texts: Mapping[Field, str]) -> bytes:
        """Return the file with these fields saying something else."""
        parts, end = [], 0
        for field, text in sorted(texts.items(), key=lambda item: item[0].start):
            if field.quoted or self.delimiter in text:
                text = '"' + text.replace('"', '""') + '"'
            parts += [self.data[end : field.start], text.encode("ascii")]
            end = field.end
        return b"".join([*parts, self.data[end:]])


def read_csv(data: bytes) -> CsvFile:
    """Read a CSV file; the delimiter is the most frequent sign in its first line. Raises GradebookError."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        raise GradebookError("It is no CSV file in UTF-8. Export it again, or save it as CSV UTF-8.")
    try:
        data.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:  # what Excel makes of it; only names are concerned, and they stay as they are
        encoding = "cp1252"
    delimiter = delimiter_of(data)
    rows = tuple(_rows(data, delimiter, encoding))
    if not rows:
        raise GradebookError("It is empty. Export it again.")
    return CsvFile(data, delimiter.decode(), rows)


def delimiter_of(data: bytes) -> bytes:
    """Return the sign that separates a CSV file's fields: the most frequent one in its first line, outside quotes."""
    titles = _QUOTED.sub(b"", data).lstrip().partition(b"\n")[0]
    return max(_DELIMITERS, key=titles.count)


def _rows(data: bytes, delimiter: bytes, encoding: str) -> Iterator[tuple[Field, ...]]:
    sign = re.escape(delimiter)
    # Quotes that are never closed, or that something follows, are plain characters.
    pattern = re.compile(
        rb'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"(?=%s|\r|\n|\Z)|(?P<plain>[^\r\n%s]*))(?P<end>%s|\r\n|\r|\n|\Z)'
        % (sign, sign, sign)
    )
    row: list[Field] = []
    for found in pattern.finditer(data, len(_BOM) if data.startswith(_BOM) else 0):
        quoted = found["quoted"] is not None
        raw = found["quoted"].replace(b'""', b'"') if quoted else found["plain"]
        row.append(Field(raw.decode(encoding, "replace"), found.start(), found.start("end"), quoted))
        if found["end"] != delimiter:
            if len(row) > 1 or row[0].text:
                yield tuple(row)
            row = []
