"""Blackboard: fill the column of an item in the file that the instructor downloaded from the gradebook.

Known from files and tools that others published (nbeaver/offline-grades-upload and vendors' help, read in November
2026), not from Blackboard's code: Last Name, First Name, Username, Student ID, then a column an item, `Title [Total
Pts: 100 Score] |12345`. The upload finds students by user name and the column by the number at its end. A download with
the ending .xls is text with tabs, in UTF-16; one as CSV is in UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from grading.classroom.csv_fields import GradebookError, read_csv
from grading.classroom.entry import Mark
from grading.exports.gradebook import Column, Filled, choose_column, fill, number
from grading.exports.holds import DEFAULT, Holds
from grading.exports.matching import best_score, people, scores_of

_IDS = {"username": "login", "student id": "student_id"}
_ITEM = re.compile(r"(?P<title>.+?) \[[^\]]*?(?P<points>\d+(?:[.,]\d+)?)[^\]]*\](?: \|(?P<id>\d+))?", re.DOTALL)
_EXCUSED = dict.fromkeys(("exempt", "excused"), "exempt in the gradebook")


def fill_blackboard(
    data: bytes,
    marks: Iterable[Mark],
    column: str | None = None,
    *,
    scale: bool = False,
    holds: Holds = DEFAULT,
) -> Filled:
    """Return the file with the marks filled in. Raises GradebookError.

    column: the item's title, its number, or both as in the file; None: the only one, or the only one with our points.
    scale: see `fill`. holds: what a mark is.
    """
    file = read_csv(data, utf_16=True)
    titles, *rows = file.rows
    names = [title.text.strip() for title in titles]
    if "username" not in {name.casefold() for name in names}:
        raise GradebookError(
            "It is no gradebook of Blackboard: no column Username. Download it there (Download Grades), "
            "the full gradebook."
        )
    items = {index: item for index, name in enumerate(names) if (item := _ITEM.fullmatch(name))}
    worths = {index: number(item["points"]) for index, item in items.items()}
    called = {index: (names[index], item["title"], item["id"] or "") for index, item in items.items()}
    scores = scores_of(marks, holds)
    chosen = choose_column(called, worths.get, column, best_score(scores), holds.option("--blackboard-column"))
    about = Column(chosen, f"Blackboard, item '{items[chosen]['title']}'", worths[chosen])
    filled = fill(file, people(rows, names, chosen, _IDS, _EXCUSED), scores, about, scale=scale, holds=holds)
    if not items[chosen]["id"]:
        filled.sentences.append("The column's title lacks Blackboard's number (|12345), so it may become a new column.")
    return filled
