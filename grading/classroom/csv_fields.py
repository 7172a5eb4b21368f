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
        """Return the file with new texts, numbers, in these fields."""
        parts, end = [], 0
        for field, text in sorted(texts.items(), key=lambda item: item[0].start):
            quoted = field.quoted or self.delimiter in text
            parts += [self.content[end : field.start], f'"{text}"' if quoted else text]
            end = field.end
        return "".join([*parts, self.content[end:]]).encode(self.encoding, "surrogateescape")


def read_csv(data: bytes) -> CsvFile:
    """Parse a CSV file. Raises GradebookError."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        raise GradebookError("It is no CSV file in UTF-8. Export it again, or save it as CSV UTF-8.")
    try:
        content, encoding = data.decode(), "utf-8"
    except UnicodeDecodeError:  # Excel's old format
        content, encoding = data.decode("cp1252", "surrogateescape"), "cp1252"
    delimiter = delimiter_of(content)
    rows = tuple(_rows(content, delimiter))
    if not rows:
        raise GradebookError("It is empty. Export it again.")
    return CsvFile(content, encoding, delimiter, rows)


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
