"""Canvas: fill the column of an assignment in the gradebook CSV that the instructor exported.

Which columns and rows there are is as in Canvas's own exporter and importer (instructure/canvas-lms,
lib/gradebook_exporter.rb and lib/gradebook_importer.rb, read in 2026): the first row has the titles, an assignment's is
`Title (id)`; the row that begins with `Points Possible` says `(read only)` for what the importer ignores; a row before
it may say `Manual Posting`. Canvas looks a student up by ID, then by SIS ids. A cell with `EX` is excused, one with
`N/A` belongs to a student to whom the work is not assigned. The importer takes decimal commas, and marks above the
points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from grading.classroom.csv_fields import CsvFile, Field, GradebookError, read_csv
from grading.classroom.entry import Mark
from grading.exports.gradebook import Filled, Row, best_score, fill, number, scores_of

_IDS = {"ID": ("canvas_user",), "SIS User ID": ("student_id",), "SIS Login ID": ("login", "email")}
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
_LOCKED = {"ex": "excused (EX) in the gradebook", "n/a": "the work is not assigned to them (N/A)"}
_UNCLEAR = re.compile(r"\d{1,3}[.,]\d{3}")  # 1,000 is one or a thousand
_POSTING = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)


def fill_canvas(data: bytes, marks: Iterable[Mark], column: str | None = None, *, scale: bool = False) -> Filled:
    """Return the gradebook with the marks in the column that `column` names: title, assignment id, or both as there.

    None is the only assignment, or the only one with our points. Raises GradebookError.
    """
    file = read_csv(data)
    titles = [field.text.strip() for field in file.rows[0]]
    if not {"ID", "Section"} <= set(titles):
        raise GradebookError("It is no gradebook of Canvas: no columns ID and Section. Export it there, as CSV.")
    points = next((row for row in file.rows[1:] if "Points Possible" in row[0].text), ())
    scores = scores_of(marks)
    chosen = _column(titles, points, column, best_score(scores))
    name = f"Canvas, column '{titles[chosen]}'"
    said = points[chosen].text.strip() if chosen < len(points) else ""
    worth = number(said)
    if said and (worth is None or _UNCLEAR.fullmatch(said)):
        raise GradebookError(f"{name}: '{said}' points can't be read. Write it there without separators, such as 1000.")
    filled = fill(file, _students(file, titles, chosen), scores, name, worth, scale=scale)
    if short := [row[0].text for row in file.rows[1:] if len(row) <= chosen]:
        filled.sentences.append(f"Rows that end before the column, unchanged: {', '.join(short)}.")
    return filled


def _column(titles: list[str], points: Sequence[Field], wanted: str | None, ours: float | None) -> int:
    """Return the number of the column to fill. Raises GradebookError if it is not one and only one."""
    found = {}
    for index, title in enumerate(titles):
        assignment = _ASSIGNMENT.fullmatch(title)
        read_only = index < len(points) and "read only" in points[index].text
        if assignment and index > titles.index("Section") and not read_only:
            found[index] = (title, assignment["title"], assignment["id"])
    fits = [index for index, names in found.items() if wanted is None or wanted.strip() in names]
    if wanted is None and len(fits) > 1:
        fits = [index for index in fits if index < len(points) and number(points[index].text) == ours]
    if len(fits) == 1:
        return fits[0]
    what = f"'{wanted}' names {len(fits)} of its columns" if wanted else "It is not clear which column is meant"
    there = ", ".join(f"'{names[0]}'" for names in found.values()) or "none"
    raise GradebookError(f"{what}. Say --canvas-column with a title or an id; its assignments: {there}.")


def _students(file: CsvFile, titles: list[str], column: int) -> Iterator[Row]:
    for row in file.rows[1:]:
        texts = [field.text.strip() for field in row]
        if "Points Possible" in texts[0] or all(_POSTING.fullmatch(text) for text in texts) or column >= len(row):
            continue
        ids = {kind: texts[titles.index(title)] for title, kinds in _IDS.items() if title in titles for kind in kinds}
        yield Row(row[column], ids, _LOCKED.get(texts[column].casefold(), ""))
