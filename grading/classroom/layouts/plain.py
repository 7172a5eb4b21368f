"""No LMS: each folder, zip or Python file is a submission, and its name is all that is known of the student."""

from __future__ import annotations

from pathlib import PurePath

from grading.classroom.download import Download
from grading.classroom.layouts.entry import make_entry
from grading.classroom.record import Entry
from grading.classroom.upload import submission_of


def entries(download: Download) -> list[Entry]:
    """Return one entry for each thing in the folder."""
    return [
        make_entry(
            name.stem if not item.is_folder and name.suffix.lower() in (".py", ".zip") else item.name,
            item.path,
            lambda item=item: submission_of(item, download.place),  # type: ignore[misc]
            problem=item.problem,
        )
        for item in download.items
        for name in [PurePath(item.name)]
    ]
