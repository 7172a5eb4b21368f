"""Moodle, "Download all submissions": a folder a student, or loose files if the teacher turned folders off.

Full Name_participantid_assignsubmission_file_/… and …_assignsubmission_onlinetext_/onlinetext.html
Source: Moodle's downloads as public tools read them; when something was handed in, they do not say.
"""

from __future__ import annotations

import re

from grading.classroom.download import Download
from grading.classroom.layouts.lms_names import Name, students
from grading.classroom.record import Entry

_NAME = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL)


def parse(name: str) -> Name | None:
    """Return what the name of a folder or file says; None if Moodle does not name them so."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    file = (match["file"] or "") if match["kind"] == "file" else None
    return Name(match["name"], "moodle_participant", match["id"], file)


def entries(download: Download) -> list[Entry]:
    """Return one entry a participant."""
    return students(download, parse, "Moodle")
