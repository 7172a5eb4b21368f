"""Recognize the layout of a download, and list its submissions.

Each layout is a file here and a row of LAYOUTS. A file that does not fit the layout becomes an entry with a problem, so
that nothing is dropped. What no layout explains is refused: a guess would give marks to the wrong students.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from grading.classroom.download import Download
from grading.classroom.entry import ClassError, Entry, LeftOut
from grading.classroom.layouts import (
    blackboard,
    brightspace,
    canvas,
    classroom50,
    github,
    google,
    gradescope,
    local_time,
    moodle,
    plain,
    sakai,
    teams,
)
from grading.classroom.layouts.by_student import two_names
from grading.classroom.layouts.layout import Layout
from grading.classroom.layouts.left_out import nobodys
from grading.text import shown

LAYOUTS = {
    "gradescope": Layout("an export from Gradescope", gradescope.recognised, gradescope.entries),
    "blackboard": Layout("a download from Blackboard", blackboard.recognised, blackboard.entries, local_time.remarks),
    "brightspace": Layout(
        "a download from Brightspace", brightspace.recognised, brightspace.entries, local_time.remarks
    ),
    "canvas": Layout("a download from Canvas", canvas.recognised, canvas.entries),
    "moodle": Layout("a download from Moodle", moodle.recognised, moodle.entries),
    "teams": Layout("a download from Microsoft Teams", teams.recognised, teams.entries, teams.remarks),
    "sakai": Layout("a download from Sakai", sakai.recognised, sakai.entries, local_time.remarks),
    "classroom50": Layout(
        "a download from Classroom 50", classroom50.recognised, classroom50.entries, classroom50.remarks
    ),
    "github": Layout("clones from GitHub", github.recognised, github.entries, github.remarks),
    "google": Layout("a download from Google Classroom", google.recognised, google.entries, google.remarks),
    "plain": Layout("plain folders, zips and Python files", lambda download: 0, plain.entries),
}
"""Where two fit equally well, the first one is taken."""
_OF_SEVERAL = {"gradescope_submission"}
"""Kinds of ids that several students may have."""


def read_layout(download: Download, name: str | None = None) -> tuple[str, list[Entry], list[str]]:
    """Return the layout's name, its entries, each with a unique key, and sentences for the instructor.

    name: one of LAYOUTS; None to guess it from the names. Raises ClassError.
    """
    if name is not None and name not in LAYOUTS:
        raise ClassError(f"There is no layout '{name}'. Name one of: {', '.join(LAYOUTS)}.")
    download = _without_nobodys(download)
    found = name or _guess(download)
    layout = LAYOUTS[found]
    listed = list(layout.entries(download))
    entries = list(unique_keys(_one_name_each([each for each in listed if isinstance(each, Entry)])))
    how = "as you said" if name else "by its names"
    told = [f"Layout: {layout.title} ({how}), {len(entries)} submissions.", *layout.remarks(download)]
    if earlier := sum(bool(entry.left_out) for entry in entries):
        told.append(f"{earlier} handed in more than once: the latest counts. --dry-run lists what is left out.")
    left = [LeftOut(item.name, nobodys(item.name)) for item in download.beside]
    left += [each for each in listed if isinstance(each, LeftOut)]
    if left:
        names = ", ".join(f"{shown(each.name)} ({each.what})" for each in left)
        told.append(f"Left out, nobody's submission: {names}.")
    return found, entries, told


def _without_nobodys(download: Download) -> Download:
    items = [item for item in download.items if not nobodys(item.name) or item.is_folder]
    if not items:
        raise ClassError("There is no submission in it, only index pages or tables. Download the submissions.")
    return replace(download, items=items, beside=[item for item in download.items if item not in items])


def _guess(download: Download) -> str:
    """Return the layout that most items look like. Raises ClassError if that is not certain."""
    counts = {name: layout.recognised(download) for name, layout in LAYOUTS.items()}
    likely = max(counts, key=lambda layout: counts[layout])
    if 2 * counts[likely] > len(download.items):
        return likely
    if counts[likely]:
        raise ClassError(
            f"{counts[likely]} of {len(download.items)} names look like {LAYOUTS[likely].title}, the others do not. "
            f"Nothing was graded. Say --layout {likely} if it is one, or --layout plain if each name is a student's."
        )
    plain.check_one_each(download)
    return "plain"


def _one_name_each(entries: list[Entry]) -> Iterator[Entry]:
    """Yield the entries; those whose id stands beside another name, too, with that as their problem."""
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        for kind, id in entry.ids.items():
            if kind not in _OF_SEVERAL:
                names[kind, id].add(entry.name)
    for entry in entries:
        told = next(
            (two_names(id, names[kind, id]) for kind, id in entry.ids.items() if len(names[kind, id]) > 1), None
        )
        yield replace(entry, problem=entry.problem or told)


def unique_keys(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries; a key that was there before gets a number."""
    seen: set[str] = set()
    for entry in entries:
        key, number = entry.key, 2
        while key.casefold() in seen:  # some file systems do not tell capitals apart
            key, number = f"{entry.key}-{number}", number + 1
        seen.add(key.casefold())
        yield replace(entry, key=key)
