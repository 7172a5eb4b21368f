"""Brightspace (D2L), downloaded submissions: a folder for each attempt.

Its name is userid-folderid - Full Name - Nov 20, 2026 1158 PM. In some versions that is the beginning of each file's
name, before ` - filename`. The latest attempt counts; an index.html lies beside. Source: downloads as public tools read
them (rename scripts, bb-scripts); D2L's own code was not to be seen, nor a group's submission, nor one in another
language: a date that can't be read is no latest attempt.

A student writes only the file's name, so a date counts only where D2L writes it: at a folder's end, or right behind the
full name. A file of somebody whose name holds a dash between blanks is nobody's: that may be a date nobody can read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.local_time import DATE, written_date
from grading.classroom.layouts.new_entry import make_entry, misfit

_START = re.compile(r"(?P<user>\d+)-\d+ - (?P<rest>.+)", re.DOTALL)
_DATED = re.compile(rf" - (?P<date>{DATE})(?= - |\Z)")
_DASH = " - "


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per student, and one per name that does not fit."""
    uploads, others = list[Upload](), list[Entry]()
    for item in download.items:
        match = _START.fullmatch(item.name)
        dates = list(_DATED.finditer(match["rest"])) if match else []
        if match is None:
            others.append(misfit(item, "Brightspace"))
        elif len(dates) > 1:
            told = "Its name holds two dates, as if to look like another attempt. Nobody gets it: ask who sent it."
            others.append(make_entry(item, item.path, item.name, problem=told))
        elif not item.is_folder and not (dates and _is_in_place(item, match["rest"], dates[0])):
            told = "The date in its name can't be read, so nobody knows which attempt it belongs to."
            others.append(make_entry(item, item.path, item.name, problem=told))
        else:
            dated = dates[0] if dates and _is_in_place(item, match["rest"], dates[0]) else None
            uploads.append(_upload(item, match, dated))
    yield from by_student(uploads, "Brightspace", download.place)
    yield from others


def recognised(download: Download) -> int:
    """Return how many of the items have a name as Brightspace makes it."""
    return sum(_START.fullmatch(item.name) is not None for item in download.items)


def _is_in_place(item: Item, rest: str, dated: re.Match[str]) -> bool:
    """Return whether the date stands where D2L writes it, and not in what a student wrote."""
    return dated.end() == len(rest) if item.is_folder else dated.start() == rest.find(_DASH)


def _upload(item: Item, match: re.Match[str], dated: re.Match[str] | None) -> Upload:
    rest = match["rest"]
    if dated is None:
        return Upload(item, rest.partition(_DASH)[0], "brightspace_user", match["user"], "", attempt=None)
    time = written_date(dated["date"])
    file = rest[dated.end() :].removeprefix(_DASH)
    return Upload(item, rest[: dated.start()], "brightspace_user", match["user"], file, attempt=time, submitted=time)
