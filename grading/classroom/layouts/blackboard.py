"""Blackboard, "Assignment File Download": Assignment_username_attempt_2026-11-20-09-00-00_filename, all in one folder.

Each attempt has a receipt besides, which ends in .txt right after the time; its first line is `Name: Full Name
(username)`. The latest attempt counts. Source: downloads as public tools read them (kwurst/bb-file-cleanup,
BBGradebookOrganiser); Blackboard's own code was not to be seen. Titles and user names may both hold underscores: the
receipt tells where the user name begins. Without one, the name is what comes after the part that all names share, and
there is no id: a roster, or nobody, tells whose the mark is.

A student writes only what stands behind the time, so the first mark counts; a name with two belongs to nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from grading.classroom.download import Download, Item
from grading.classroom.entry import ClassError, Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.local_time import digits_time
from grading.classroom.layouts.new_entry import make_entry, misfit
from grading.intake.collection import open_unlinked
from grading.text import shown

_MARK = re.compile(r"_attempt_(?P<time>\d{4}(?:-\d\d){5})(?=_|\.txt\Z)")
_MOST = 4_000  # bytes of a receipt


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per student, and one per name that does not fit."""
    marked, others = list[tuple[Item, re.Match[str]]](), list[Entry]()
    for item in download.items:
        marks = list(_MARK.finditer(item.name))
        if len(marks) == 1 and not item.is_folder:
            marked.append((item, marks[0]))
        elif marks and not item.is_folder:
            told = "Its name holds two attempts (_attempt_), as if to look like somebody else's."
            told += " Nobody gets it: ask who sent it."
            others.append(make_entry(item, item.path, item.name, problem=told))
        else:
            others.append(misfit(item, "Blackboard"))
    people = _people(marked)
    uploads = (_upload(item, mark, *people[item.name[: mark.start()]]) for item, mark in marked)
    yield from by_student(uploads, "Blackboard", download.place)
    yield from others


def recognised(download: Download) -> int:
    """Return how many of the items have a name as Blackboard makes it."""
    return sum(_MARK.search(item.name) is not None for item in download.items)


def _upload(item: Item, mark: re.Match[str], name: str, kind: str, id: str) -> Upload:
    rest = item.name[mark.end() :]
    time = digits_time(mark["time"], separator="-")
    file = rest.removeprefix("_") if rest != ".txt" else None
    return Upload(item, name, kind, id, file, attempt=mark["time"], submitted=time)


def _people(marked: list[tuple[Item, re.Match[str]]]) -> dict[str, tuple[str, str, str]]:
    """Return the name, the kind of id and the id for each beginning of a file's name, up to the mark.

    Raises ClassError if the receipts are of several assignments.
    """
    starts = sorted({item.name[: mark.start()] for item, mark in marked})
    shared = {start.rpartition("_")[0] for start in starts}
    title = shared.pop() if len(shared) == 1 else os.path.commonprefix(starts).rpartition("_")[0]  # noqa: RUF071
    found = {start: (start[len(title) :].strip("_") or start, "blackboard_name", start) for start in starts}
    titles = set()
    for item, mark in marked:
        start = item.name[: mark.start()]
        if item.name[mark.end() :] == ".txt" and (person := _receipt(item)) and start.endswith(f"_{person[1]}"):
            found[start] = (person[0], "login", person[1])
            titles.add(start.removesuffix(f"_{person[1]}"))
    if len(titles) > 1:
        listed = ", ".join(f"'{shown(each)}'" for each in sorted(titles))
        raise ClassError(f"These are several assignments: {listed}. Keep the files of one, and run this again.")
    return found


def _receipt(item: Item) -> tuple[str, str] | None:
    if item.problem:
        return None
    try:
        with open(item.path, "rb", opener=open_unlinked) as stream:
            text = stream.read(_MOST).decode("utf-8-sig", "replace")
    except OSError:
        return None
    line = text.lstrip().partition("\n")[0].strip()
    name, bracket, user = re.split("[:：]", line, maxsplit=1)[-1].removesuffix(")").rpartition("(")
    return (name.strip() or user, user) if bracket and line.endswith(")") and user else None
