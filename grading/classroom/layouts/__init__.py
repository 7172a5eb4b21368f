"""Recognize the layout of a download, and list its submissions.

Each layout is a function from a Download to its entries. A file that does not fit the layout becomes an entry with a
problem, so that nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import PurePath

from grading.classroom.download import Download
from grading.classroom.entry import ClassError, Entry
from grading.classroom.layouts import github, gradescope, lms_names
from grading.classroom.layouts.new_entry import make_entry
from grading.text import shown


def plain(download: Download) -> Iterator[Entry]:
    """Yield one entry for each folder, zip or Python file; its name is all that is known about the student."""
    for item in download.items:
        name = PurePath(item.name)
        is_file = not item.is_folder and name.suffix.lower() in (".py", ".zip")
        yield make_entry(item, download.place, name.stem if is_file else item.name)


LAYOUTS: dict[str, tuple[str, Callable[[Download], Iterable[Entry]]]] = {
    "canvas": ("a download from Canvas", lms_names.canvas),
    "moodle": ("a download from Moodle", lms_names.moodle),
    "gradescope": ("an export from Gradescope", gradescope.entries),
    "github": ("clones from GitHub Classroom", github.entries),
    "plain": ("plain folders, zips and Python files", plain),
}


def read_layout(download: Download, name: str | None = None) -> tuple[str, list[Entry], list[str]]:
    """Return the layout's name, its entries, each with a unique key, and sentences for the instructor.

    name: one of LAYOUTS; None to guess it from the names. Raises ClassError.
    """
    counts = _counts(download)
    likely = max(counts, key=lambda layout: counts[layout])
    found = name or (likely if 2 * counts[likely] > len(download.items) else "plain")
    if found not in LAYOUTS:
        raise ClassError(f"There is no layout '{found}'. Name one of: {', '.join(LAYOUTS)}.")
    title, layout = LAYOUTS[found]
    entries = list(_unique(layout(download)))
    how = "as you said" if name else "by its names"
    told = [f"Layout: {title} ({how}), {len(entries)} submissions."]
    if name is None and found == "plain" and counts[likely]:
        told.append(f"{counts[likely]} of the names look like {LAYOUTS[likely][0]}: if it is, say --layout {likely}.")
    if found == "github":
        told.append(
            f"All names start with '{shown(github.assignment(download))}-'; the rest is taken for the student's. "
            "A commit's time is written by the student's computer, so it is easily forged."
        )
    return found, entries, told


def _counts(download: Download) -> dict[str, int]:
    """Return how many of the items each layout recognises."""
    names = [item.name for item in download.items]
    return {
        "gradescope": len(names) if gradescope.METADATA in names else 0,
        "canvas": sum(lms_names.canvas_name(name) is not None for name in names),
        "moodle": sum(lms_names.moodle_name(name) is not None for name in names),
        "github": github.recognised(download),
    }


def _unique(entries: Iterable[Entry]) -> Iterator[Entry]:
    seen: set[str] = set()
    for entry in entries:
        key, number = entry.key, 2
        while key in seen:
            key, number = f"{entry.key}-{number}", number + 1
        seen.add(key)
        yield replace(entry, key=key)
