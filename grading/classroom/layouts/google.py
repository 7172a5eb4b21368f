"""Google Classroom, all files of an assignment downloaded from its Drive folder: Full Name - filename, in one folder.

Source: such downloads as instructors describe them; Google documents no names, and Drive keeps the names that students
gave. So it is recognized only by files that are called as this assignment's are. Drive adds (1), (2) to equal names.
Google says nothing of ids and times, and everybody chooses the name that stands there: a roster helps.
"""

from __future__ import annotations

from collections.abc import Iterator

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.new_entry import make_entry, misfit
from grading.classroom.upload import original_name
from grading.results.assignment import ASSIGNMENT

_DASH = " - "


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per name of a student, and one per name that does not fit."""
    uploads, others = list[Upload](), list[Entry]()
    for item in download.items:
        match item.name.split(_DASH):
            case [student, file] if not item.is_folder and student:
                uploads.append(Upload(item, student, "google_name", student, file))
            case [_, _, _, *_]:
                told = "Its name has more than one dash, so where the student's name ends is unclear."
                told += " Rename it, and run this again."
                others.append(make_entry(item, item.path, item.name, problem=told))
            case _:
                others.append(misfit(item, "Google Classroom"))
    yield from by_student(uploads, "Google Classroom", download.place)
    yield from others


def recognised(download: Download) -> int:
    """Return how many of the items belong to somebody who handed in a file with one of the assignment's names."""
    known = {ASSIGNMENT.program, ASSIGNMENT.own_tests} - {""}
    parts = [_parts(item) for item in download.items]
    theirs = {student for student, file in parts if original_name(file) in known}
    return sum(student in theirs for student, _ in parts)


def remarks(download: Download) -> Iterator[str]:
    """Say what is not known."""
    yield "Google tells only names, which students choose, and no times. --roster FILE.csv adds ids."


def _parts(item: Item) -> tuple[str, str]:
    student, dash, file = item.name.partition(_DASH)
    return (student, file) if dash and not item.is_folder else ("", "")
