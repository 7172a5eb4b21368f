"""Write the marks of a class as a table for a spreadsheet: a column for each step and for each kind of id."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

BOM = "\ufeff"
"""Without it, Excel takes UTF-8 for the encoding of its country, and shows Müller as MÃ¼ller."""

# A sign that begins a formula, at the start or behind what a spreadsheet may take for the end of a cell, which depends
# on the country. Full-width signs count, too.
_FORMULA = re.compile(r"""((?:^|[,;|\t])[\s"']*)(?=[=+\-@＝＋－＠])""")


def marks_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the CSV file. rows: as summary.json has them; their fields "ids" and "steps" become columns."""
    kinds = {name: list(dict.fromkeys(kind for row in rows for kind in row[name])) for name in ("ids", "steps")}
    titles = [list(_titles(row, kinds)) for row in rows[:1]]
    return table_csv([*titles, *(list(_values(row, kinds)) for row in rows)])


def table_csv(rows: Iterable[Iterable[object]]) -> str:
    """Return a CSV file that a spreadsheet opens as UTF-8, and of which it runs nothing."""
    text = io.StringIO()
    text.write(BOM)
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _titles(row: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name in row:
        if name == "steps":
            yield from ("extra_tests" if kind == "0" else f"step_{kind}" for kind in kinds[name])
        else:
            yield from kinds.get(name, (name,))


def _values(row: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> Iterator[object]:
    for name, value in row.items():
        if name in kinds:
            yield from (value.get(kind) for kind in kinds[name])
        else:
            yield value


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet runs as a formula: students choose names, and reasons quote programs."""
    if isinstance(value, list):
        value = " ".join(value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1'", " ".join(value.split()))
