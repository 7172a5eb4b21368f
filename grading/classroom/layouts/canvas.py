"""Canvas, "Download Submissions": loose files whose names say whose they are.

name_userid_attachmentid_filename, with LATE after the name if it is; anon_anonymousid_… if the assignment is anonymous;
name_userid_text.html and …_link.html for what was typed in. Source: lib/content_zipper.rb of instructure/canvas-lms.
"""

from __future__ import annotations

import re

from grading.classroom.download import Download
from grading.classroom.layouts.lms_names import Name, students
from grading.classroom.record import Entry

_NAME = re.compile(
    r"(?:(?P<alate>LATE_)?anon_(?P<anonymous>[A-Za-z0-9]+)|(?P<name>.*?)_(?P<late>LATE_)?(?P<user>\d+))"
    r"_(?:\d+_(?P<file>.+)|(?:text|link)\.html)",
    re.DOTALL,
)


def parse(name: str) -> Name | None:
    """Return what a file's name says; None if Canvas does not name files so."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    late = bool(match["late"] or match["alate"])
    if match["anonymous"]:
        id = match["anonymous"]
        return Name(f"anonymous {id}", "canvas_anonymous", id, match["file"], late)
    return Name(match["name"] or f"user {match['user']}", "canvas_user", match["user"], match["file"], late)


def entries(download: Download) -> list[Entry]:
    """Return one entry a student."""
    return students(download, parse, "Canvas")
