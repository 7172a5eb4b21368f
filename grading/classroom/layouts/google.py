"""Google Classroom, all files of an assignment downloaded from its Drive folder: Full Name - filename, in one folder.

Source: such downloads as instructors describe them; Google documents no names, and Drive keeps the names that students
gave. So it is recognized only by files that are called as this assignment's are. Drive adds (1), (2) to equal names.
Google says nothing of ids and times, and everybody chooses the name that stands there: a roster helps.

So a number says neither whose a file is nor that it is newer: of two programs under one name, none is graded. Another
file under somebody's name is told, for nothing shows who sent it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.new_entry import make_entry, misfit
from grading.classroom.spelling import flat
from grading.classroom.upload import original_name
from grading.intake.archive import ARCHIVES
from grading.results.assignment import ASSIGNMENT
from grading.text import shown

_LISTED = 20
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
    yield from by_student(_without_twins(uploads), "Google Classroom", download.place)
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
    files = Counter(flat(student) for student, _ in map(_parts, download.items) if student)
    several = sorted({student for student, _ in map(_parts, download.items) if files[flat(student)] > 1})
    if several:
        more = f" and {len(several) - _LISTED} more" if len(several) > _LISTED else ""
        yield (
            "Put together of several files, by the name in front of each, which whoever sent one can choose: "
            f"{', '.join(map(shown, several[:_LISTED]))}{more}. Look whether they are of one student."
        )


def _without_twins(uploads: Iterable[Upload]) -> Iterator[Upload]:
    """Yield the uploads; programs and archives of one student under one name, with that as their problem."""
    twins: defaultdict[tuple[str, str], list[Upload]] = defaultdict(list)
    for upload in uploads:
        twins[flat(upload.student), original_name(upload.file or "").casefold()].append(upload)
    for (_, file), alike in twins.items():
        if len(alike) == 1 or not file.endswith((".py", *ARCHIVES)):
            yield from alike
            continue
        names = ", ".join(f"'{shown(upload.item.name)}'" for upload in alike)
        told = f"There are {names}. Google does not say who sent which, nor which is newer."
        told += " Look in Google Classroom, keep the one that counts, and run this again."
        yield from (replace(each, item=replace(each.item, problem=each.item.problem or told)) for each in alike)


def _parts(item: Item) -> tuple[str, str]:
    student, dash, file = item.name.partition(_DASH)
    return (student, file) if dash and not item.is_folder else ("", "")
