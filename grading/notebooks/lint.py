"""The linter for notebooks: what would make one hard to read, to read aloud, or to keep.

The rules about headings, pictures, links and colour follow WCAG 2.2 (w3.org/TR/WCAG22): 1.3.1, 1.1.1, 2.4.4, 1.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat

MOST_CELLS = 22
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
_SHORTEST_ALT = 30


def problems(path: Path) -> list[str]:
    """Return what is wrong with the notebook at `path`, a sentence each; an empty list if nothing is."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    found = [problem for rule in RULES for problem in rule(notebook, path)]
    return [f"{path.name}: {problem}" for problem in found]


def prose(cell: Any) -> str:
    """Return a cell's Markdown without its code."""
    return _FENCE.sub("", cell.source) if cell.cell_type == "markdown" else ""


def _headings(notebook: Any, path: Path) -> Iterator[str]:
    levels = [len(signs) for cell in notebook.cells for signs, _ in _HEADING.findall(prose(cell))]
    if levels.count(1) != 1 or levels[:1] != [1]:
        yield f"it has {levels.count(1)} first-level headings; one, at the top, is right"
    if any(after - before > 1 for before, after in pairwise(levels)):
        yield f"a level of headings is left out: {levels}"


def _pictures(notebook: Any, path: Path) -> Iterator[str]:
    pictures = [match for cell in notebook.cells for match in _PICTURE.finditer(prose(cell))]
    if not pictures:
        yield "it has no picture"
    for picture in pictures:
        if len(picture["alt"].strip()) < _SHORTEST_ALT:
            yield f"the picture {picture['path']} has no alternative text that says what it shows"
    if any("<img" in prose(cell) for cell in notebook.cells):
        yield "write pictures as ![what it shows](path), not as <img>"


def _links(notebook: Any, path: Path) -> Iterator[str]:
    for cell in notebook.cells:
        for link in [*_LINK.finditer(prose(cell)), *_PICTURE.finditer(prose(cell))]:
            file, _, _ = link["path"].partition("#")
            if "://" not in file and file and not (path.parent / file).is_file():
                yield f"the link to {file} is dead"
        for link in _LINK.finditer(prose(cell)):
            if link["text"].strip(" .").lower() in _VAGUE or "://" in link["text"]:
                yield f"the link text {link['text']!r} does not say where the link leads"


def _colours(notebook: Any, path: Path) -> Iterator[str]:
    for cell in notebook.cells:
        if match := _COLOUR.search(prose(cell)):
            yield f"it speaks of a colour: {match.group()!r}; say the status or the place in words"


def _lengths(notebook: Any, path: Path) -> Iterator[str]:
    if len(notebook.cells) > MOST_CELLS:
        yield f"it has {len(notebook.cells)} cells; at most {MOST_CELLS} are fine"
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and len(cell.source) > LONGEST_TEXT:
            yield f"cell {number} has {len(cell.source)} characters; at most {LONGEST_TEXT} are fine"
        if cell.cell_type == "code" and len(cell.source.splitlines()) > LONGEST_CODE:
            yield f"cell {number} has {len(cell.source.splitlines())} lines; at most {LONGEST_CODE} are fine"
        if cell.cell_type == "code" and max(map(len, cell.source.splitlines())) > WIDEST_CODE:
            yield f"cell {number} has a line of more than {WIDEST_CODE} characters"


def _clean(notebook: Any, path: Path) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
            yield f"cell {number} has stored output"
        if _ABSOLUTE.search(cell.source):
            yield f"cell {number} has a path of one computer"


RULES: tuple[Callable[[Any, Path], Iterator[str]], ...] = (_headings, _pictures, _links, _colours, _lengths, _clean)
