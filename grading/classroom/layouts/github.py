"""GitHub: a folder of git clones named assignment-username, as `gh classroom clone student-repos` made it.

GitHub Classroom closed on 28 August 2026; its clones, and others that are named so, can still be read.

Only the names show where the assignment ends and the username begins: it is what all names start with, up to a hyphen,
or what comes before "-submissions" or "_submissions_DATE" in the name of the folder around them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from grading.classroom.download import Download
from grading.classroom.entry import Entry
from grading.classroom.layouts.git_commit import commit_time
from grading.classroom.layouts.new_entry import make_entry, misfit
from grading.text import shown

_SUBMISSIONS = re.compile(r"-submissions\Z|_submissions_\d{4}_\d\d_\d\d_T_\d\d_\d\d_\d\d\Z")


def assignment(download: Download) -> str:
    """Return the assignment's name, which all clones' names start with; empty if they share no prefix."""
    names = [item.name for item in download.items if item.is_folder]
    around = _SUBMISSIONS.sub("", download.name)
    if around != download.name and all(name.startswith(around + "-") for name in names):
        return around
    return os.path.commonprefix(names).rpartition("-")[0] if len(names) > 1 else ""  # noqa: RUF071


def recognised(download: Download) -> int:
    """Return how many of the items are clones of one assignment."""
    # Not Path.is_dir, which raises an error where a folder can't be read.
    clones = sum(item.is_folder and os.path.isdir(item.path / ".git") for item in download.items)  # noqa: PTH112
    return clones if assignment(download) else 0


def remarks(download: Download) -> Iterator[str]:
    """Say what was taken for the student's name, and what a commit's time is worth."""
    yield (
        f"All names start with '{shown(assignment(download))}-'; the rest is taken for the student's. "
        "A commit's time is written by the student's computer, so it is easily forged."
    )
    users = {item.name for item in download.items}
    if twice := sorted(name for name in users if name.endswith("-1") and name.removesuffix("-1") in users):
        yield f"Perhaps one student's second repository, listed as another student: {', '.join(map(shown, twice))}."


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per clone."""
    start = assignment(download) + "-"
    for item in download.items:
        user = item.name.removeprefix(start)
        if item.is_folder and user:
            time = commit_time(item.path / ".git")
            yield make_entry(item, download.place, user, ids={"github_user": user}, submitted=time)
        else:
            yield misfit(item, "GitHub")
