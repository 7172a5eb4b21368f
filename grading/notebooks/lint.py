"""The linter for notebooks: what would make one hard to read, to read aloud, or to keep.

The rules about headings, pictures, links and colour follow WCAG 2.2 (w3.org/TR/WCAG22): 1.3.1, 1.1.1, 2.4.4, 1.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat

from grading.notebooks.predict import TAG

MOST_CELLS = 24  # beside the cells of predictions, each of which parts a text in two
LONGEST_TEXT = 1_800  # characters of a Markdown cell: what fits on a screen
LONGEST_CODE = 36  # lines
WIDEST_CODE = 100  # characters of a line: what JupyterLab shows beside its file list on a laptop

_FENCE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) +(.+)$", re.MULTILINE)
_PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]+)\)")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<path>[^)\s]+)\)")
_VAGUE = {"here", "link", "this", "this link", "click here", "more", "read more", "page", "this page"}
_COLOUR = re.compile(
    r"\b(red|green|blue|yellow|orange|purple|grey|gray|colou?r(?!s?[- ]blind)\w*)\b|style=[\"'][^\"']*colou?r", re.I
)
_ABSOLUTE = re.compile(r"(?<![\w.:/])/(?:home|Users|root|work|tmp|private|mnt)/|\b[A-Za-z]:\\\\?[A-Za-z]")
_ALT = range(30, 126)  # a screen reader says it in one breath; the details stand below the picture
_IN_WORDS = "<summary>The picture in words</summary>"


def problems(path: Path) -> list[str]:
    """Return what is wrong with the notebook at `path`, a sentence each; an empty list if nothing is."""
    cells = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]
    found = list(_as_a_whole(cells))
    for number, cell in enumerate(cells):
        rule = _text if cell.cell_type == "markdown" else _code
        found += [f"cell {number} {problem}" for problem in rule(cell, path.parent)]
        if _ABSOLUTE.search(cell.source):
            found.append(f"cell {number} has a path of one computer")
    return [f"{path.name}: {problem}" for problem in found]


def prose(cell: Any) -> str:
    """Return a cell's Markdown without its code."""
    return _FENCE.sub("", cell.source) if cell.cell_type == "markdown" else ""


def _as_a_whole(cells: list[Any]) -> Iterator[str]:
    count = sum(TAG not in cell.metadata.get("tags", ()) for cell in cells)
    if count > MOST_CELLS:
        yield f"it has {count} cells beside predictions; at most {MOST_CELLS} are fine"
    levels = [len(signs) for cell in cells for signs, _ in _HEADING.findall(prose(cell))]
    if levels.count(1) != 1 or levels[:1] != [1]:
        yield f"it has {levels.count(1)} first-level headings; one, at the top, is right"
    if any(after - before > 1 for before, after in pairwise(levels)):
        yield f"a level of headings is left out: {levels}"
    if not any(_PICTURE.search(prose(cell)) for cell in cells):
        yield "it has no picture"


def _text(cell: Any, folder: Path) -> Iterator[str]:
    text = prose(cell)
    if len(cell.source) > LONGEST_TEXT:
        yield f"has {len(cell.source)} characters; at most {LONGEST_TEXT} are fine"
    for picture in _PICTURE.finditer(text):
        if len(picture["alt"].strip()) not in _ALT:
            yield f"has the picture {picture['path']} without a short alternative text that says what it shows"
        if _IN_WORDS not in text:
            yield f"has the picture {picture['path']} without its description in words"
    if "<img" in text:
        yield "has a picture as <img>; write ![what it shows](path)"
    for link in _LINK.finditer(text):
        if link["text"].strip(" .").lower() in _VAGUE or "://" in link["text"]:
            yield f"has the link text {link['text']!r}, which does not say where the link leads"
    for link in [*_LINK.finditer(text), *_PICTURE.finditer(text)]:
        file = link["path"].partition("#")[0]
        if file and "://" not in file and not (folder / file).is_file():
            yield f"has a dead link to {file}"
    if match := _COLOUR.search(text):
        yield f"speaks of a colour: {match.group()!r}; say the status or the place in words"


def _code(cell: Any, folder: Path) -> Iterator[str]:
    lines = cell.source.splitlines()
    if len(lines) > LONGEST_CODE:
        yield f"has {len(lines)} lines; at most {LONGEST_CODE} are fine"
    if max(map(len, lines)) > WIDEST_CODE:
        yield f"has a line of more than {WIDEST_CODE} characters"
    if cell.outputs or cell.execution_count is not None:
        yield "has stored output"
