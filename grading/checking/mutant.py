"""Change a program in its source, so that the change can be shown in the student's own line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

N = TypeVar("N", bound=ast.AST)
Edit = tuple[ast.AST, str]
"""A part of the program, and the text that takes its place."""


@dataclass(frozen=True)
class Mutant:
    """One changed program."""

    kind: str
    """What it does wrong, completing "a program that …"."""
    step: int
    """Whose rule it breaks."""
    line: int
    before: str
    after: str
    """The line, before and after."""
    source: str


class Program:
    """A parsed source file."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.nodes = list(ast.walk(ast.parse(source)))
        self.nodes.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def all(self, kind: type[N]) -> Iterator[N]:
        """Yield the nodes of a kind, in the order of the source."""
        return (node for node in self.nodes if isinstance(node, kind))

    def text(self, node: ast.AST) -> str:
        """Return a node's source."""
        return ast.get_source_segment(self.source, node) or ""

    def changed(self, edits: list[Edit]) -> str:
        """Return the source after these edits, none of which lies in another."""
        data = [line.encode() for line in self.lines]
        starts = [0]
        for line in data:
            starts.append(starts[-1] + len(line))
        places = [
            (
                starts[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined]
                starts[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined]
                text,
            )
            for node, text in edits
        ]
        whole = b"".join(data)
        for start, end, text in sorted(places, reverse=True):
            whole = whole[:start] + text.encode() + whole[end:]
        return whole.decode()

    def values(self, name: str) -> Iterator[ast.expr]:
        """Yield what is given by that name: as an argument, in a dict, or to an attribute."""
        for node in self.nodes:
            match node:
                case ast.keyword(arg=arg, value=value) if arg == name:
                    yield value
                case ast.Dict(keys=keys, values=values):
                    yield from (value for key, value in zip(keys, values, strict=True) if is_constant(key, name))
                case ast.Assign(targets=[ast.Attribute(attr=attr)], value=value) if attr == name:
                    yield value


def is_constant(node: ast.AST | None, value: object) -> bool:
    """Return whether the node is this literal."""
    return isinstance(node, ast.Constant) and node.value == value
