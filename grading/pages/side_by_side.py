"""Show two similar programs side by side, with the passages that both have marked."""

from __future__ import annotations

import io
import keyword
import token
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.pages.render import percent, render
from grading.pages.similarity import SimilarPair
from grading.text import shown

_RUN = 3  # lines in a row with the same shape are no coincidence of two lines that everybody writes
_MOST_LINES, _WIDEST = 3_000, 300  # of a program: far more than anybody hands in


@dataclass(frozen=True)
class Line:
    """One line of a program."""

    number: int
    text: str
    shared: bool


def side_by_side_html(
    pair: SimilarPair, names: Sequence[str], contents: tuple[Mapping[str, bytes], Mapping[str, bytes]]
) -> str:
    """Return the page. contents: the files of both, by name; what is no Python is left out."""
    texts = [_sources(each) for each in contents]
    shapes = [_shapes(text) for text in texts]
    columns = [
        (name, _lines(text, mine, theirs))
        for name, text, mine, theirs in zip(names, texts, shapes, reversed(shapes), strict=True)
    ]
    return render("side_by_side.html.j2", columns=columns, share=percent(pair.share), passages=pair.passages)


def _sources(contents: Mapping[str, bytes]) -> str:
    """Return all Python files as one text, each below its name."""
    parts = []
    for name, data in sorted(contents.items()):
        if name.endswith(".py"):
            text = io.StringIO(data.decode("utf-8", "replace"), newline=None).read()
            parts.append(f"# ---- {name}\n{text.rstrip()}\n")
    return "\n".join(parts)


def _lines(text: str, mine: Sequence[str], theirs: Sequence[str]) -> list[Line]:
    known = set(_runs(theirs).values())
    shared = {at for start, run in _runs(mine).items() if run in known for at in _places(mine, start)}
    rows = text.splitlines()[:_MOST_LINES]
    return [Line(at + 1, shown(row.expandtabs(4), _WIDEST), at in shared) for at, row in enumerate(rows)]


def _runs(shapes: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Return _RUN lines of code in a row, by the place of the first; blank lines and comments do not count."""
    places = [at for at, shape in enumerate(shapes) if shape]
    return {
        places[at]: tuple(shapes[place] for place in places[at : at + _RUN]) for at in range(len(places) - _RUN + 1)
    }


def _places(shapes: Sequence[str], start: int) -> list[int]:
    return [at for at in range(start, len(shapes)) if shapes[at]][:_RUN]


def _shapes(text: str) -> list[str]:
    """Return what each line looks like without its own names, texts and comments; "" where nothing is left."""
    shapes = [""] * (len(text.splitlines()) + 1)
    try:
        for each in tokenize.generate_tokens(io.StringIO(text).readline):
            if each.start[0] <= len(shapes):
                shapes[each.start[0] - 1] += _shape(each)
    except (tokenize.TokenError, SyntaxError):  # what came before is compared all the same
        pass
    return shapes


def _shape(each: tokenize.TokenInfo) -> str:
    if each.type == token.NAME:
        return f" {each.string} " if keyword.iskeyword(each.string) else "V"
    if each.type == token.STRING:
        return "S"
    return each.string if each.type in (token.OP, token.NUMBER) else ""
