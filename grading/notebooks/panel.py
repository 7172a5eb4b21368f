"""A panel: what a cell shows. HTML where it is shown, the same words as text elsewhere.

It tells nothing by colour alone, and takes its colours from the page, so it suits light and dark themes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Code:
    """Code, a diff or a message whose lines must stay as they are; with `wrap`, the page may break long ones."""

    text: str
    wrap: bool = False

    def html(self) -> str:
        style = "margin: 0.5em 0; padding: 0.6em; border: 1px solid; overflow-x: auto; "
        style += "white-space: pre-wrap; overflow-wrap: anywhere" if self.wrap else "white-space: pre"
        # Focusable, so that a keyboard can scroll what is too wide.
        return f'<pre tabindex="0" style="{style}">{escape(self.text)}</pre>'

    def plain(self) -> str:
        return "\n".join(f"    {line}".rstrip() for line in self.text.splitlines())


@dataclass(frozen=True)
class Table:
    """Rows under headings; `folded` hides them behind that sentence, where the page can fold."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: str = ""

    def html(self) -> str:
        cell = 'style="text-align: left; padding: 0.2em 1em 0.2em 0; vertical-align: top"'
        head = "".join(f'<th scope="col" {cell}>{escape(text)}</th>' for text in self.headings)
        body = "".join(
            "<tr>" + "".join(f"<td {cell}>{escape(text)}</td>" for text in row) + "</tr>" for row in self.rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<details><summary>{escape(self.folded)}</summary>{table}</details>" if self.folded else table

    def plain(self) -> str:
        rows = [self.headings, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.headings))]
        lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True)
class Panel:
    """A titled box. Jupyter calls `_repr_html_` where it shows HTML, and `repr` elsewhere."""

    title: str
    parts: tuple[str | Code | Table, ...] = ()
    """A str is a paragraph."""
    done: bool | None = None
    """For a check: whether all of it is done; the title says so, too."""

    def _repr_html_(self) -> str:
        line = {True: "solid", False: "dashed", None: "dotted"}[self.done]
        box = f'<div role="status" style="border-left: 0.3em {line}; padding: 0.2em 0 0.2em 1em">'
        title = f'<p style="margin: 0.2em 0; font-size: 110%"><strong>{escape(self.title)}</strong></p>'
        return "".join([box, title, *(_html(part) for part in self.parts), "</div>"])

    def __repr__(self) -> str:
        return "\n".join([self.title, *(part if isinstance(part, str) else part.plain() for part in self.parts)])


def _html(part: str | Code | Table) -> str:
    return f'<p style="margin: 0.5em 0">{escape(part)}</p>' if isinstance(part, str) else part.html()
