"""Classroom 50: the clones of `gh teacher download`, or the zips that "Download all" of its web page gives.

Clones are named classroom-assignment-username and lie beside scores.csv, which has names, e-mails and sections; the
command puts result.json and results.json into each, which are no work of the student's. The web gives username.zip,
GitHub's archive of the repository: one folder, organisation-classroom-assignment-username-commit. A team's repository
ends in group-1, group-2, …. Source: the wiki and the code of foundation50/classroom50, as read in November 2026; the
names inside GitHub's archives are its habit. The zips tell no time; a commit's time is easily forged.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from grading.classroom.download import Download, Item
from grading.classroom.entry import ClassError, Entry
from grading.classroom.layouts import github
from grading.classroom.layouts.git_commit import commit_time
from grading.classroom.layouts.new_entry import make_entry, misfit
from grading.classroom.roster_file import read_roster
from grading.intake.archive import BROKEN, BoundedReader, stored_name
from grading.intake.collection import SubmissionError, open_unlinked
from grading.intake.ignored import is_ignored

_OURS = {"result.json", "results.json"}
_GROUP = re.compile(r"group-\d+")


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per repository, with the names that scores.csv has."""
    scores = [item for item in download.beside if item.name == "scores.csv" and not item.problem]
    listed = list(_entries(download))
    try:
        yield from read_roster(scores[0].path).join(listed).entries if scores else listed
    except (ClassError, OSError):  # the repositories alone tell whose they are
        yield from listed


def recognised(download: Download) -> int:
    """Return how many of the items are repositories of Classroom 50."""
    zips = sum(_is_archive(item) for item in download.items)
    clones = github.recognised(download)
    # Here and below not Path's methods, which raise errors where a folder can't be read.
    marked = any(os.path.isfile(item.path / ".classroom50.yaml") for item in download.items if item.is_folder)  # noqa: PTH113
    return max(zips, clones if marked or any(item.name == "scores.csv" for item in download.beside) else 0)


def remarks(download: Download) -> Iterator[str]:
    """Say what the times are worth."""
    if any(item.is_folder for item in download.items):
        yield "The times are those of the last commits, written by the students' computers: easily forged."
    else:
        yield "The web's zips hold no times, and the latest state of each repository, not what was submitted then."


def _entries(download: Download) -> Iterator[Entry]:
    start = f"{github.assignment(download)}-"
    for item in download.items:
        if item.is_folder:
            user, time = item.name.removeprefix(start), commit_time(item.path / ".git")
            item = replace(item, path=_without_results(item.path, download.place))
        else:
            user, time = item.name.removesuffix(".zip"), None
            if not _is_archive(item):
                yield misfit(item, "Classroom 50: its folder should be named after the repository")
                continue
        kind = "classroom50_group" if _GROUP.fullmatch(user) else "github_user"
        yield make_entry(item, download.place, user, ids={kind: user}, submitted=time)


def _is_archive(item: Item) -> bool:
    """Return whether it is USER.zip with one folder at its top, which ends in the user's name and a commit."""
    if item.is_folder or item.problem or not item.name.endswith(".zip"):
        return False
    try:
        with (
            BoundedReader(open(item.path, "rb", buffering=0, opener=open_unlinked)) as stream,
            zipfile.ZipFile(stream) as archive,
        ):
            tops = {stored_name(entry).partition("/")[0] for entry in archive.infolist()}
    except (*BROKEN, SubmissionError):
        return False
    user = re.escape(item.name.removesuffix(".zip"))
    return len(tops) == 1 and re.fullmatch(rf".+-{user}-[0-9a-f]{{7,40}}", tops.pop(), re.IGNORECASE) is not None


def _without_results(clone: Path, place: Path) -> Path:
    """Return a copy of a clone without what the download put into it; the clone itself if it holds nothing of that."""
    if not any(os.path.exists(clone / name) for name in _OURS):  # noqa: PTH110
        return clone
    copy = Path(tempfile.mkdtemp(prefix="clone-", dir=place)) / clone.name

    def passed_over(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if is_ignored(name) or (Path(folder) == clone and name in _OURS)}

    try:
        shutil.copytree(clone, copy, symlinks=True, ignore=passed_over)
    except OSError:  # shutil.Error is one, too: what can't be copied is then refused with its reason
        return clone
    return copy
