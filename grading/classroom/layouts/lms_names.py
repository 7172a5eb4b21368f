"""What Canvas and Moodle have in common: names that say whose a file is. A student may have several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grading.classroom.download import Download, Item
from grading.classroom.layouts.entry import entry_key, make_entry, misfit
from grading.classroom.record import Entry
from grading.classroom.upload import gathered, submission_of


@dataclass(frozen=True)
class Name:
    """What the name of a file or folder says."""

    student: str
    kind: str
    """Of the id, as in Entry.ids."""
    id: str
    file: str | None
    """The file's own name; None for what was typed into the LMS."""
    late: bool | None = None


def students(download: Download, parse: Callable[[str], Name | None], lms: str) -> list[Entry]:
    """Return one entry a student, with all of the student's files, and one for each name that `parse` can't read."""
    found: defaultdict[str, list[tuple[Name, Item]]] = defaultdict(list)
    misfits = []
    for item in download.items:
        name = parse(item.name)
        if name is None:
            misfits.append(misfit(item, lms))
        else:
            found[name.id].append((name, item))
    return [_entry(uploads, lms, download.place) for uploads in found.values()] + misfits


def _entry(uploads: list[tuple[Name, Item]], lms: str, place: Path) -> Entry:
    handed_in = [(name, item) for name, item in uploads if name.file is not None]
    problem = next((item.problem for _, item in uploads if item.problem), None)
    if not handed_in:
        problem = problem or f"A text or a link was typed into {lms}; there is no file to grade."
    name, item = (handed_in or uploads)[0]
    files = [(name.file or item.name, item.path) for name, item in handed_in]
    return make_entry(
        name.student,
        item.path,
        partial(submission_of, item, place) if item.is_folder else partial(gathered, files, place),
        key=entry_key(name.student, name.id),
        ids={name.kind: name.id},
        late=None if name.late is None else any(name.late for name, _ in uploads),
        problem=problem,
    )
