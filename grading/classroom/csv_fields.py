"""Change fields of a CSV file and no other byte: quotes, line ends, order and encoding stay as they are.

The csv module can't: its reader does not say where a field stands and whether it was quoted, Moodle quotes some fields
and not others, as no style of its writer does, and a quote that is never closed swallows the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_BOM = "\ufeff"
_QUOTED = re.compile('"[^"]*"')
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_WORKBOOKS = (b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # .xlsx and .xls


class GradebookError(ValueError):
    """The file can't be read or filled; the text says why and what to do."""


@dataclass(frozen=True)
class Field:
    """One field, and the place of its characters in the file."""

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True)
class CsvFile:
    """A CSV file; `rows` has the fields of each line that is not empty."""

    content: str
    encoding: str
    delimiter: str
    rows: tuple[tuple[Field, ...], ...]

    def changed(self, texts: Mapping[Field, str]) -> bytes:
        """Return the file with new texts in these fields."""
        parts, end = [], 0
        for field, text in sorted(texts.items(), key=lambda item: item[0].start):
            quoted = field.quoted or any(sign in text for sign in (self.delimiter, '"', "\n", "\r"))
            escaped = text.replace('"', '""')
            parts += [self.content[end : field.start], f'"{escaped}"' if quoted else text]
            end = field.end
        return "".join([*parts, self.content[end:]]).encode(self.encoding, _ERRORS[self.encoding])


def read_csv(data: bytes, *, utf_16: bool = False) -> CsvFile:
    """Parse a CSV file. Raises GradebookError.

    utf_16: whether that encoding is read, too: only where whoever gets the file can read it.
    """
    if data.startswith(_WORKBOOKS):
        raise GradebookError(
            "It is an Excel workbook, not a table as text. Export or download the table again, as CSV or with tabs, "
            "and give that file as it comes: Excel changes numbers, dates and ids when it saves."
        )
    content, encoding = _decoded(data)
    if "\0" in content or (encoding.startswith("utf-16") and not utf_16):
        raise GradebookError("It is no CSV file in UTF-8. Export it again, or save it as CSV UTF-8.")
    delimiter = delimiter_of(content)
    rows = tuple(_rows(content, delimiter))
    if not rows:
        raise GradebookError("It is empty. Export it again.")
    return CsvFile(content, encoding, delimiter, rows)


_ERRORS = dict.fromkeys(("utf-8", "cp1252"), "surrogateescape") | dict.fromkeys(_UTF_16.values(), "surrogatepass")
"""Encoding -> how bytes that are none of its characters come through unharmed."""


def _decoded(data: bytes) -> tuple[str, str]:
    """Return a file's text, with the byte order mark, and its encoding."""
    if encoding := _UTF_16.get(data[:2]):
        try:
            return data.decode(encoding, _ERRORS[encoding]), encoding
        except UnicodeDecodeError:
            raise GradebookError("Its end is missing: half a character is left. Download it again.") from None
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:  # Excel's old format
        return data.decode("cp1252", "surrogateescape"), "cp1252"


def delimiter_of(content: str) -> str:
    """Return the delimiter of a CSV file: the most frequent one in its first line, outside quotes."""
    titles = _QUOTED.sub("", content).lstrip().partition("\n")[0]
    return max(",;\t", key=titles.count)


def _rows(content: str, delimiter: str) -> Iterator[tuple[Field, ...]]:
    # RFC 4180, except that a quote is a plain character unless it encloses the whole field.
    field = re.compile(
        r'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"(?=D|\r|\n|\Z)|(?P<plain>[^\r\nD]*))(?P<end>D|\r\n|\r|\n|\Z)'.replace(
            "D", delimiter
        )
    )
    row: list[Field] = []
    for found in field.finditer(content, len(_BOM) if content.startswith(_BOM) else 0):
        quoted = found["quoted"] is not None
        text = found["quoted"].replace('""', '"') if quoted else found["plain"]
        row.append(Field(text, found.start(), found.start("end"), quoted))
        if found["end"] != delimiter:
            if len(row) > 1 or row[0].text:
                yield tuple(row)
            row = []
