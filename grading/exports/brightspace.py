"""Brightspace (D2L): fill the column of a grade item in the CSV file that the instructor exported from Grades.

As D2L's help says (community.d2l.com, "Importing grades", read in November 2026): OrgDefinedId or Username, or both,
then `<item> Points Grade` for each item, at last End-of-Line Indicator. Marks above the item's maximum are cut, unless
the item "can exceed" it. Exports write `#` before ids, and behind the title what the item is, such as `<Numeric
MaxPoints:100 Weight:10>`; that is known from exported files only. D2L's code was not to be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from grading.classroom.csv_fields import GradebookError, read_csv
from grading.classroom.entry import Mark
from grading.exports.gradebook import Column, Filled, choose_column, fill, number
from grading.exports.holds import DEFAULT, Holds
from grading.exports.matching import best_score, people, scores_of

_IDS = {"orgdefinedid": "student_id", "org defined id": "student_id", "username": "login", "email": "email"}
_ITEM = re.compile(r"(?P<title>.+?) Points Grade(?P<facts> <.*>)?", re.DOTALL)
_MOST = re.compile(r"MaxPoints:(?P<points>\d+(?:[.,]\d+)?)")


def fill_brightspace(
    data: bytes,
    marks: Iterable[Mark],
    column: str | None = None,
    *,
    scale: bool = False,
    holds: Holds = DEFAULT,
) -> Filled:
    """Return the file with the marks filled in. Raises GradebookError.

    column: the grade item's title; None: the only one, or the only one with our points. scale: see `fill`. holds: what
    a mark is.
    """
    file = read_csv(data)
    titles, *rows = file.rows
    names = [title.text.strip() for title in titles]
    if not {name.casefold() for name in names} & {"orgdefinedid", "org defined id", "username"}:
        raise GradebookError(
            "It is no grade export of Brightspace: no column OrgDefinedId or Username. Export it there (Grades, Enter "
            "Grades, Export): key field Both, points grade, last and first name, and the grade item."
        )
    items = {index: item for index, name in enumerate(names) if (item := _ITEM.fullmatch(name))}
    worths = {index: number(most["points"]) for index, item in items.items() if (most := _MOST.search(item[0]))}
    called = {index: (names[index], item["title"]) for index, item in items.items()}
    scores = scores_of(marks, holds)
    chosen = choose_column(called, worths.get, column, best_score(scores), holds.option("--brightspace-column"))
    title, worth = items[chosen]["title"], worths.get(chosen)
    about = Column(chosen, f"Brightspace, item '{title}'", worth)
    filled = fill(file, people(rows, names, chosen, _IDS), scores, about, scale=scale, holds=holds)
    if worth is None:
        filled.sentences.append(
            f"The file does not say how many points '{title}' has: it should be {best_score(scores)}."
        )
    if above := [who for who, mark in filled.marks if worth is not None and mark > worth]:
        filled.sentences.append(
            f"Brightspace cuts marks above {worth:g} unless the item 'can exceed': {', '.join(above)}."
        )
    if not any("end-of-line" in name.casefold() for name in names):
        filled.sentences.append(
            "Its last column should be End-of-Line Indicator. Was the file changed since its export?"
        )
    return filled
