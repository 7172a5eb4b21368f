"""Put together what helps with the first open test: its message, the student's own lines about it, what to read."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.results.assignment import ASSIGNMENT
from grading.results.misconceptions import nearest
from grading.results.result import Result
from grading.results.steps import step
from grading.results.view import Message, view

_WORDS = {
    1: ("FastAPI(",),
    2: ("BaseModel", ".post("),
    3: ("completion(", "responses(", "LLM_MODEL"),
    4: (".post(", "response"),
    6: ("except", "exception_handler", "HTTPException", "Error"),
    7: ("message", "validator", "max_length"),
    8: ("completion(", "timeout", "async def", "sleep"),
    10: ("logging", "log", "health", "stream"),
}
"""What the lines of a program about each step have in them."""
_MOST_LINES = 40
_LONGEST_SECTION = 1_500  # characters


@dataclass(frozen=True)
class Explained:
    """All that is known about one failing test."""

    message: Message
    lines: list[tuple[int, str]]
    """The student's lines about that step, with their numbers."""
    section: str
    """What the step's notebook says about it."""
    read: str
    """Where that stands."""


def explain(folder: Path, result: Result) -> Explained | None:
    """Explain the first open test of a check of `folder`; None if nothing is open."""
    cause = nearest(result)
    seen = view(result, cause)
    if not seen.messages:
        return None
    message = seen.messages[0]
    row = step(message.step)
    heading = cause.section if cause else ""
    section, heading = _section(ASSIGNMENT.folder / (cause.notebook if cause else row.notebook), heading)
    source = folder if folder.is_file() else folder / ASSIGNMENT.program
    return Explained(
        message, lines_about(source, message.step), section, f'{row.notebook}, "{heading}"' if heading else ""
    )


def lines_about(file: Path, number: int) -> list[tuple[int, str]]:
    """Return the first lines of `lines_of` a file; none if it can't be read."""
    try:
        return lines_of(file.read_text(encoding="utf-8-sig"), number)[:_MOST_LINES]
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []


def lines_of(text: str, number: int) -> list[tuple[int, str]]:
    """Return the lines of the definitions in a program that are about this step, without those of others, numbered.

    Raises SyntaxError.
    """
    lines, found = text.splitlines(), []
    for node in ast.parse(text).body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        part = lines[first - 1 : node.end_lineno]
        if not isinstance(node, ast.Import | ast.ImportFrom) and _is_about("\n".join(part), number):
            found += [(first + place, line) for place, line in enumerate(part)]
    return found


def _is_about(text: str, number: int) -> bool:
    return any(word in text for word in _WORDS.get(number, ()))


def _section(notebook: Path, heading: str) -> tuple[str, str]:
    """Return the text below a heading of a notebook, and the heading; without one, those of its first section."""
    text = ""
    for cell in _prose(notebook):
        for part in f"\n{cell}".split("\n## ")[1:]:
            title, _, below = part.partition("\n")
            if title.strip() == heading or not heading:
                heading, text = title.strip(), below.strip()
                return text[:_LONGEST_SECTION].partition("\n**Predict first.**")[0].strip(), heading
    return "", ""


def _prose(notebook: Path) -> Iterator[str]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield "".join(cell["source"])
