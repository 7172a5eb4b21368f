"""Brightspace (D2L), downloaded submissions: a folder for each attempt.

Its name is userid-folderid - Full Name - Nov 20, 2026 1158 PM. In some versions that is the beginning of each file's
name, before ` - filename`. The latest attempt counts; an index.html lies beside. Source: downloads as public tools read
them (rename scripts, bb-scripts); D2L's own code was not to be seen, nor a group's submission, nor one in another
language: a date that can't be read is no latest attempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.local_time import DATE, REMARK, written_date
from grading.classroom.layouts.new_entry import make_entry, misfit

_START = re.compile(r"(?P<user>\d+)-\d+ - (?P<rest>.+)", re.DOTALL)
_DATED = re.compile(rf" - (?P<date>{DATE})(?= - |\Z)")


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
        elif not dates and not item.is_folder:
            told = "The date in its name can't be read, so nobody knows which attempt it belongs to."
            others.append(make_entry(item, item.path, item.name, problem=told))
        else:
            uploads.append(_upload(item, match, dates[0] if dates else None))
    yield from by_student(uploads, "Brightspace", download.place)
    yield from others


def recognised(download: Download) -> int:
    """Return how many of the items have a name as Brightspace makes it."""
    return sum(_START.fullmatch(item.name) is not None for item in download.items)


def remarks(download: Download) -> Iterator[str]:
    """Say what the times are worth."""
    yield REMARK


def _upload(item: Item, match: re.Match[str], dated: re.Match[str] | None) -> Upload:
    rest = match["rest"]
    if dated is None:
        return Upload(item, rest.partition(" - ")[0], "brightspace_user", match["user"], "", attempt=None)
    time = written_date(dated["date"])
    file = rest[dated.end() :].removeprefix(" - ")
    return Upload(item, rest[: dated.start()], "brightspace_user", match["user"], file, attempt=time, submitted=time)
