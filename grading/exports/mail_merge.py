"""A table for a mail merge and for comment columns: a line each, with ids, a short comment and the path of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from grading.classroom.entry import Mark
from grading.classroom.marks_csv import table_csv
from grading.results.steps import is_bonus


def mail_merge(marks: Iterable[Mark], folder: Path) -> str:
    """Return the CSV file. folder: has the pages, KEY.html each."""
    rows = [(mark.entry, comment(mark)) for mark in marks]
    kinds = list(dict.fromkeys(kind for entry, _ in rows for kind in ("email", *entry.ids)))
    table: list[list[object]] = [["key", "name", *kinds, "comment", "page"]]
    for entry, text in rows:
        page = (folder / f"{entry.key}.html").resolve()
        table.append([entry.key, entry.name, *(entry.ids.get(kind) for kind in kinds), text, str(page)])
    return table_csv(table)


def comment(mark: Mark) -> str:
    """Return one line: which steps lack marks, and what people decided. It says nothing of hidden tests."""
    return " ".join([*_tests(mark), *map(str, mark.decisions)])


def _tests(mark: Mark) -> Iterator[str]:
    if not mark.result.graded:
        yield "The tests could not mark this upload; the page says why."
        return
    rows = [
        row
        for row in mark.result.steps
        if row.step and row.status == "failed" and row.max_score and not is_bonus(row.step)
    ]
    lacking = [f"step {row.step} ({row.title}), {row.score:g} of {row.max_score:g} marks" for row in rows]
    yield f"Not done yet: {'; '.join(lacking)}." if lacking else "Everything that was checked works."
