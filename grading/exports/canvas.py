"""Canvas: fill the column of an assignment in the gradebook CSV that the instructor exported.

Columns and rows are as in Canvas's own exporter and importer (instructure/canvas-lms, lib/gradebook_exporter.rb and
lib/gradebook_importer.rb, read in 2026). The first row has the titles; an assignment's is `Title (id)`. The row that
begins with `Points Possible` says `(read only)` for columns that the importer ignores; a row before it may say `Manual
Posting`. Canvas looks a student up by ID, then by SIS ids. A cell with `EX` is excused; one with `N/A` belongs to a
student to whom the work is not assigned. The importer accepts decimal commas, and marks above the points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from grading.classroom.csv_fields import Field, GradebookError, read_csv
from grading.classroom.entry import Mark
from grading.exports.gradebook import Column, Filled, choose_column, fill, number
from grading.exports.holds import DEFAULT, Holds
from grading.exports.matching import Row, best_score, scores_of

_IDS = {"ID": ("canvas_user",), "SIS User ID": ("student_id",), "SIS Login ID": ("login", "email")}
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
_LOCKED = {"ex": "excused (EX) in the gradebook", "n/a": "the work is not assigned to them (N/A)"}
_UNCLEAR = re.compile(r"\d{1,3}[.,]\d{3}")  # 1,000 is one or a thousand
_DROPPED = re.compile(r"\b(Current|Final|Override) (Score|Points|Grade|Status)\b", re.IGNORECASE)
"""Of titles: columns of totals, as the importer takes them."""
_TOTAL = re.compile(rf"(?:.* )?(?:{_DROPPED.pattern})", re.IGNORECASE)
_POSTING = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)


def fill_canvas(
    data: bytes,
    marks: Iterable[Mark],
    column: str | None = None,
    *,
    scale: bool = False,
    holds: Holds = DEFAULT,
) -> Filled:
    """Return the gradebook with the marks filled in. Raises GradebookError.

    column: a title, an assignment id, or both as in the file; None: the only assignment, or the only one with our
    points. scale: see `fill`. holds: what a mark is.
    """
    file = read_csv(data)
    titles, *rows = file.rows
    names = [title.text.strip() for title in titles]
    if not {"ID", "Section"} <= set(names):
        raise GradebookError("It is no gradebook of Canvas: no columns ID and Section. Export it there, as CSV.")
    points = next((row for row in rows if "Points Possible" in row[0].text), ())
    scores = scores_of(marks, holds)
    found = _columns(names, points)
    if column is None:  # one that Canvas would leave out is only filled if it is asked for, or alone
        found = {index: called for index, called in found.items() if not _DROPPED.search(called[0])} or found
    worths = {index: number(_text(points, index)) for index in found}
    chosen = choose_column(found, worths.get, column, best_score(scores), holds.option("--canvas-column"))
    name, said = f"Canvas, column '{names[chosen]}'", _text(points, chosen).strip()
    worth = number(said)
    if said and (worth is None or _UNCLEAR.fullmatch(said)):
        raise GradebookError(f"{name}: '{said}' points can't be read. Write it there without separators, such as 1000.")
    about = Column(chosen, name, worth)
    filled = fill(file, _students(rows, names, chosen), scores, about, scale=scale, holds=holds)
    if _DROPPED.search(names[chosen]):
        filled.sentences.append(
            f"Canvas leaves out a column with such a title, without a word: '{names[chosen]}'. "
            "Rename the assignment in Canvas, export the gradebook again and fill that one."
        )
    filled.sentences.append(
        "Import it soon: Canvas takes every cell of the file, so it takes back what was graded there, in any column, "
        "after your export, and an empty cell clears a grade. Look at the changes that Canvas lists before you save."
    )
    if short := [row[0].text for row in rows if len(row) <= chosen]:
        filled.sentences.append(f"Rows that end before the column, unchanged: {', '.join(short)}.")
    return filled


def _columns(names: list[str], points: Sequence[Field]) -> dict[int, tuple[str, ...]]:
    """Return the columns of assignments: by index, the title in the file, the assignment's and its id.

    With a grading period called 2026 there is a `Current Score (2026)`, and in other languages no "read only" under it.
    """
    return {
        index: (name, assignment["title"], assignment["id"])
        for index, name in enumerate(names)
        if index > names.index("Section") and (assignment := _ASSIGNMENT.fullmatch(name))
        if "read only" not in _text(points, index)
        if number(_text(points, index)) is not None or not _TOTAL.fullmatch(assignment["title"])
    }


def _text(row: Sequence[Field], index: int) -> str:
    return row[index].text if index < len(row) else ""


def _students(rows: Iterable[Sequence[Field]], names: list[str], column: int) -> Iterator[Row]:
    for row in rows:
        texts = [field.text.strip() for field in row]
        if "Points Possible" in texts[0] or all(_POSTING.fullmatch(text) for text in texts) or column >= len(row):
            continue
        ids = {kind: texts[names.index(name)] for name, kinds in _IDS.items() if name in names for kind in kinds}
        name = " ".join(texts[names.index(title)] for title in ("Student", "FirstName", "LastName") if title in names)
        yield Row(row[column], ids, _LOCKED.get(texts[column].casefold(), ""), (name,))
