"""Moodle, "Download all submissions": Full Name_participantid_assignsubmission_file_, a folder for each student.

If the teacher turned folders off, that is the beginning of each file's name. …_assignsubmission_onlinetext_ is a text
typed into Moodle. In team assignments, the name and the number are the group's, not a student's; Default group, without
a number, is the work of those who are in no group. Source: mod/assign/classes/downloader.php of moodle/moodle, as read
in 2026. The names hold no time of submission, and nothing tells a group from a student: exports compare the names.

Moodle turns underscores of names into spaces, so the first mark in a file's name is Moodle's own, and the last one in a
folder's. A name with two marks was made to look like somebody else's: nobody gets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.new_entry import make_entry, misfit

_MARK = re.compile(r"(?:_(?P<id>\d+))?_assignsubmission_(?P<kind>file|onlinetext)(?![^_])_?")


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per student or group, and one per name that does not fit."""
    uploads, others = list[Upload](), list[Entry]()
    for item in download.items:
        marks = list(_MARK.finditer(item.name))
        mark = (marks[-1] if item.is_folder else marks[0]) if marks else None
        if mark is None or not mark.start():
            others.append(misfit(item, "Moodle"))
        elif len(marks) > 1:
            told = "Its name holds two of Moodle's marks (_assignsubmission_), as if to look like somebody else's."
            others.append(make_entry(item, item.path, item.name, problem=f"{told} Nobody gets it: ask who sent it."))
        else:
            uploads.append(_upload(item, mark))
    yield from by_student(uploads, "Moodle", download.place)
    yield from others


def recognised(download: Download) -> int:
    """Return how many of the items have a name as Moodle makes it."""
    return sum((mark := _MARK.search(item.name)) is not None and mark.start() > 0 for item in download.items)


def _upload(item: Item, mark: re.Match[str]) -> Upload:
    name = item.name[: mark.start()]
    kind, id = ("moodle_participant", mark["id"]) if mark["id"] else ("moodle_group", name)
    return Upload(item, name, kind, id, item.name[mark.end() :] if mark["kind"] == "file" else None)
