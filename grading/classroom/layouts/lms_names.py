"""Canvas and Moodle: the names of files and folders say whose they are. A student may have several.

Canvas, "Download Submissions": name_userid_attachmentid_filename, with LATE after the name if it was late;
anon_anonymousid_… if the assignment is anonymous; name_userid_text.html and …_link.html for text typed into Canvas.
Source: lib/content_zipper.rb of instructure/canvas-lms.

Moodle, "Download all submissions": Full Name_participantid_assignsubmission_file_, a folder, or the prefix of each
file's name if the teacher turned folders off; …_assignsubmission_onlinetext_ for text typed into Moodle. Source:
Moodle's downloads as public tools read them. They do not contain the time of submission.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.new_entry import entry_key, make_entry, misfit

_CANVAS = re.compile(
    r"(?:(?P<alate>LATE_)?anon_(?P<anonymous>[A-Za-z0-9]+)|(?P<name>.*?)_(?P<late>LATE_)?(?P<user>\d+))"
    r"_(?:\d+_(?P<file>.+)|(?:text|link)\.html)",
    re.DOTALL,
)
_MOODLE = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
)


@dataclass(frozen=True)
class Name:
    """The parsed name of a file or folder."""

    student: str
    kind: str
    """Kind of the id, as in Entry.ids."""
    id: str
    file: str | None
    """The file's original name; None for text typed into the LMS."""
    late: bool | None = None


def canvas_name(name: str) -> Name | None:
    """Parse a file's name; None if it is not one of Canvas's."""
    match = _CANVAS.fullmatch(name)
    if match is None:
        return None
    late = bool(match["late"] or match["alate"])
    if id := match["anonymous"]:
        return Name(f"anonymous {id}", "canvas_anonymous", id, match["file"], late)
    return Name(match["name"] or f"user {match['user']}", "canvas_user", match["user"], match["file"], late)


def moodle_name(name: str) -> Name | None:
    """Parse the name of a folder or file; None if it is not one of Moodle's."""
    match = _MOODLE.fullmatch(name)
    if match is None:
        return None
    file = (match["file"] or "") if match["kind"] == "file" else None
    return Name(match["name"], "moodle_participant", match["id"], file)


def _entries(parse: Callable[[str], Name | None], lms: str, download: Download) -> Iterator[Entry]:
    """Yield one entry per student, with all of the student's files, and one per name that `parse` can't read."""
    found: defaultdict[str, list[tuple[Name, Item]]] = defaultdict(list)
    misfits = []
    for item in download.items:
        if name := parse(item.name):
            found[name.id].append((name, item))
        else:
            misfits.append(misfit(item, lms))
    yield from (_entry(uploads, lms, download.place) for uploads in found.values())
    yield from misfits


def _entry(uploads: list[tuple[Name, Item]], lms: str, place: Path) -> Entry:
    handed_in = [(name, item) for name, item in uploads if name.file is not None]
    problem = next((item.problem for _, item in uploads if item.problem), None)
    if not handed_in:
        problem = problem or f"A text or a link was typed into {lms}; there is no file to grade."
    name, item = (handed_in or uploads)[0]
    return make_entry(
        item,
        place,
        name.student,
        files=None if item.is_folder else [(name.file or item.name, item.path) for name, item in handed_in],
        key=entry_key(name.student, name.id),
        ids={name.kind: name.id},
        late=None if name.late is None else any(name.late for name, _ in uploads),
        problem=problem,
    )


canvas = partial(_entries, canvas_name, "Canvas")
moodle = partial(_entries, moodle_name, "Moodle")
