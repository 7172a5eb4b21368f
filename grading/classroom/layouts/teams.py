"""Microsoft Teams: the folder "Submitted files" of the class's library Student Work, downloaded from SharePoint.

In it, a folder for each student; in that, one for each assignment, and Version 1, Version 2, … for each time it was
handed in. The latest version counts. Source: the folders as public tools read them (lwchkg/teams_assignment_explorer);
Microsoft's own description names the library only. The names of students are all that is known of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from grading.classroom.download import Download, subfolders
from grading.classroom.entry import ClassError, Entry
from grading.classroom.layouts.new_entry import make_entry, misfit
from grading.text import shown

_VERSION = re.compile(
    r"(?:versi[oó]n|versão|versione|versie|wersja|verze|версия|バージョン|版本) ?(?P<number>\d{1,6})", re.IGNORECASE
)
_LIBRARY = {"submitted files", "working files"}


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per student. Raises ClassError for the whole library."""
    if any(item.name.casefold() in _LIBRARY for item in download.items):
        raise ClassError("This is the whole library of the class. Name the folder 'Submitted files' in it instead.")
    for item in download.items:
        if not item.is_folder:
            yield misfit(item, "Microsoft Teams")
            continue
        works = _works(item.path)
        if len(works) > 1:
            names = ", ".join(f"'{shown(work.name)}'" for work in works)
            told = f"There are several assignments: {names}. Keep the one that counts, and run this again."
            yield make_entry(item, download.place, item.name, problem=told)
        else:
            latest, *earlier = _versions(works[0]) if works else [item.path]
            left = tuple(f"an earlier version, '{shown(path.name)}'" for path in earlier)
            yield make_entry(replace(item, path=latest), download.place, item.name, left_out=left)


def recognised(download: Download) -> int:
    """Return how many of the items are a student's folder with versions."""
    if any(item.name.casefold() in _LIBRARY for item in download.items):
        return len(download.items)
    return sum(item.is_folder and bool(_works(item.path)) for item in download.items)


def remarks(download: Download) -> Iterator[str]:
    """Say what is not known."""
    yield "The folders' names are all that Teams tells of students: --roster FILE.csv adds ids. It tells no times."


def _works(folder: Path) -> list[Path]:
    """Return the folders with versions in a student's folder: one for each assignment, or the folder itself."""
    if _versions(folder):
        return [folder]
    return [item.path for item in subfolders(folder) if _versions(item.path)]


def _versions(folder: Path) -> list[Path]:
    """Return the folders of the versions, the latest first."""
    found = [(match, item) for item in subfolders(folder) if (match := _VERSION.fullmatch(item.name))]
    return [item.path for _, item in sorted(found, key=lambda each: int(each[0]["number"]), reverse=True)]
