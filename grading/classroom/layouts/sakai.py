"""Sakai, "Download All" of an assignment: Last, First(userid), a folder for each student.

In it, `Submission attachment(s)` holds what was handed in, `Feedback Attachment(s)` what the teacher gave back, and
timestamp.txt the time; grades.csv lies beside the folders. The names of these folders are translated. Source: downloads
as public tools read them; Sakai's own code was not to be seen, nor the zone of the time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from grading.classroom.download import Download, Item, subfolders
from grading.classroom.entry import Entry
from grading.classroom.layouts.local_time import digits_time
from grading.classroom.layouts.new_entry import entry_key, make_entry, misfit
from grading.intake.collection import open_unlinked
from grading.text import shown

_STUDENT = re.compile(r"(?P<name>.+)\((?P<user>[^()]+)\)", re.DOTALL)
_HANDED_IN, _GIVEN_BACK, _TIME = "submission attachment(s)", "feedback attachment(s)", "timestamp.txt"


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per student, and one per name that does not fit."""
    for item in download.items:
        match = _STUDENT.fullmatch(item.name)
        if match is None or not item.is_folder:
            yield misfit(item, "Sakai")
            continue
        name, user = match["name"].strip(), match["user"]
        try:
            attachments, problem = _attachments(item)
        except OSError as error:
            attachments, problem = None, f"It can't be read: {error.strerror}."
        yield make_entry(
            replace(item, path=attachments.path) if attachments else item,
            download.place,
            name,
            key=entry_key(name, user),
            ids={"login": user},
            submitted=_submitted(item),
            problem=problem,
        )


def recognised(download: Download) -> int:
    """Return how many of the items are a student's folder as Sakai makes it."""
    return sum(
        item.is_folder and _STUDENT.fullmatch(item.name) is not None and _is_sakais(item) for item in download.items
    )


def _is_sakais(item: Item) -> bool:
    names = {each.name.casefold() for each in subfolders(item.path)}
    return bool(names & {_HANDED_IN, _GIVEN_BACK}) or os.path.lexists(item.path / _TIME)


def _attachments(item: Item) -> tuple[Item | None, str | None]:
    """Return the folder of what was handed in, or a sentence why there is none. Raises OSError if it can't be read."""
    folders = [each for each in subfolders(item.path) if each.name.casefold() != _GIVEN_BACK]
    folders = [each for each in folders if each.name.casefold() == _HANDED_IN] or folders
    if len(folders) > 1:
        names = ", ".join(f"'{shown(each.name)}'" for each in folders)
        return None, f"Which of these folders was handed in is unclear: {names}. Keep that one, and run this again."
    if not any((folders[0] if folders else item).path.iterdir()) or not folders:
        return None, "Nothing is attached, only perhaps a text typed into Sakai; there is no file to grade."
    return folders[0], None


def _submitted(item: Item) -> str | None:
    try:
        with open(item.path / _TIME, "rb", opener=open_unlinked) as stream:
            return digits_time(stream.read(14).decode("ascii", "replace"))
    except OSError:
        return None
