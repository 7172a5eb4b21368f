"""Text of strangers, fit to be shown."""

from __future__ import annotations

import re
import unicodedata

_MAX_LINES, _MAX_WIDTH = 200, 2_000  # of a message: far more than ours have


def shown(text: str, limit: int = 80) -> str:
    """Return at most `limit` characters of `text`, with nothing in it that a terminal would obey."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def composed(name: str) -> str:
    """Return `name` with each é in one character; macOS may write it in two (Unicode's NFC and NFD)."""
    return unicodedata.normalize("NFC", name)


def plain(text: str) -> str:
    """Return a message of the program's without what a terminal would obey, and not endlessly long."""
    return "\n".join(shown(line, _MAX_WIDTH) for line in text.splitlines()[:_MAX_LINES])


def fenced(text: str) -> str:
    """Return `text` as a code block of Markdown, whose fence is longer than any in the text (CommonMark 4.5)."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return "\n".join([f"{fence}text", *text.splitlines(), fence])
