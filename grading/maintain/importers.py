"""How LMSs find whose a file of feedback is, after their importers' sources, so that zips can be checked by it.

Moodle: mod/assign/feedback/file/importziplib.php. Canvas: generate_comments_from_files in its assignment model.
Brightspace by D2L's help only: a file belongs to the folder of the download whose name it repeats.
"""

from __future__ import annotations

import re


def moodle_importer(path: str) -> tuple[str, str] | None:
    """Return the participant's number and the file's name; None for what Moodle passes over."""
    parts = path.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdecimal() and info[2:4] == ["assignsubmission", "file"]:
            return info[1], "/".join([info[4] if len(info) > 4 else "", *parts]).lstrip("/")
    return None


def canvas_importer(path: str) -> list[str]:
    """Return the ids of the user and of the attachment."""
    return [part for part in path.rpartition("/")[2].split("_") if re.fullmatch("[0-9]+", part)][:2]


def brightspace_importer(path: str) -> str:
    """Return the name of the folder in the download."""
    return path.partition("/")[0]
