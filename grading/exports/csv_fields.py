"""Change fields of a CSV file and no other byte: its quotes, line ends, order and encoding stay as they are.

Rules of reading: RFC 4180, and more tolerant. A quote inside a field without quotes is a character like others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_DELIMITERS = (b",", b";", b"\t")
_BOM = b"\xef\xbb\xbf"


class CsvError(ValueError):
    """The file can't be read; the text says why and what to do."""


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
    """Read a CSV file; the delimiter is the one that gives its first line the most fields. Raises CsvError."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        raise CsvError("It is not text in UTF-8, or no CSV file at all. Export it again, or save it as CSV UTF-8.")
    try:
        data.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:  # what Excel makes of it; only names are concerned, and they stay as they are
        encoding = "cp1252"
    delimiter = max(_DELIMITERS, key=lambda sign: sum(map(len, _rows(data, sign, encoding, most=1))))
    rows = _rows(data, delimiter, encoding)
    if not rows:
        raise CsvError("It is empty. Export it again.")
    return CsvFile(data, delimiter.decode(), tuple(rows))


def _rows(data: bytes, delimiter: bytes, encoding: str, most: int | None = None) -> list[tuple[Field, ...]]:
    sign = re.escape(delimiter)
    # Quotes that are never closed, or that something follows, are plain characters.
    pattern = re.compile(
        rb'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"(?=%s|\r|\n|\Z)|(?P<plain>[^\r\n%s]*))(?P<end>%s|\r\n|\r|\n|\Z)'
        % (sign, sign, sign)
    )
    rows: list[tuple[Field, ...]] = []
    row: list[Field] = []
    position = len(_BOM) if data.startswith(_BOM) else 0
    while position < len(data) and (most is None or len(rows) < most):
        found = pattern.match(data, position)
        assert found is not None  # a plain field may be empty
        raw = found["plain"] if found["quoted"] is None else found["quoted"].replace(b'""', b'"')
        row.append(
            Field(raw.decode(encoding, "replace"), found.start(), found.start("end"), found["quoted"] is not None)
        )
        position = found.end()
        if found["end"] != delimiter or position == len(data):
            if found["end"] == delimiter:  # an empty field at the very end
                row.append(Field("", position, position, False))
            if any(field.text for field in row) or len(row) > 1:
                rows.append(tuple(row))
            row = []
    return rows
