"""Put together what one student uploaded, where the LMS tells by names whose each file is.

One wrong merge is a wrong mark. An upload belongs to whom the LMS's id names, of whatever kind it is. If the names
beside one id differ, somebody may have forged a file's name: then nobody with this id is graded before the instructor
has looked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from grading.classroom.download import Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.new_entry import entry_key, make_entry
from grading.text import shown


@dataclass(frozen=True)
class Upload:
    """One file or folder, and what its name says."""

    item: Item
    student: str
    kind: str
    """Kind of the id, as in Entry.ids."""
    id: str
    file: str | None
    """The file's original name; None for a text typed into the LMS, and for receipts."""
    late: bool | None = None
    attempt: str | None = ""
    """Sorts the student's attempts; "" where the LMS gives only the latest one, None if it can't be read."""
    submitted: str | None = None
    """As in Entry."""


@dataclass
class _Theirs:
    uploads: list[Upload] = field(default_factory=list)
    problem: str | None = None
    left_out: tuple[str, ...] = ()


def by_student(uploads: Iterable[Upload], lms: str, place: Path) -> Iterator[Entry]:
    """Yield one entry for each student, of the latest attempt. lms: its name. place: a folder for copies."""
    found: defaultdict[tuple[str, str], list[Upload]] = defaultdict(list)
    for upload in uploads:
        found[upload.kind, upload.id].append(upload)
    for theirs in found.values():
        yield _entry(_latest(theirs), lms, place)


def two_names(id: str, names: Iterable[str]) -> str:
    """Return the problem of an id that stands beside several names."""
    listed = ", ".join(f"'{shown(name)}'" for name in sorted(names))
    told = f"The id {shown(id)} stands beside several names ({listed}), so nobody knows whose this is."
    return f"{told} Remove what is not theirs, or rename it, and run this again."


def _latest(uploads: list[Upload]) -> _Theirs:
    names = {upload.student for upload in uploads}
    if len(names) > 1:
        return _Theirs(uploads, two_names(uploads[0].id, names))
    attempts: defaultdict[str | None, list[Upload]] = defaultdict(list)
    for upload in uploads:
        attempts[upload.attempt].append(upload)
    if len(attempts) > 1 and None in attempts:
        told = (
            f"There are {len(attempts)} attempts, and the dates in their names can't be read, so the latest is unknown."
        )
        return _Theirs(uploads, f"{told} Keep the one that counts, and run this again.")
    times = sorted(attempts, key=str)
    earlier = tuple(f"an earlier attempt of {attempts[time][0].submitted or time}" for time in times[:-1])
    return _Theirs(attempts[times[-1]], None, earlier)


def _entry(theirs: _Theirs, lms: str, place: Path) -> Entry:
    uploads = theirs.uploads
    handed_in = [upload for upload in uploads if upload.file is not None]
    problem = theirs.problem or next((upload.item.problem for upload in uploads if upload.item.problem), None)
    if not handed_in:
        problem = problem or f"A text or a link was typed into {lms}; there is no file to grade."
    first = (handed_in or uploads)[0]
    if len(handed_in) > 1 and any(upload.item.is_folder for upload in handed_in):
        names = ", ".join(f"'{shown(upload.item.name)}'" for upload in handed_in)
        problem = (
            problem or f"There are several uploads of theirs: {names}. Keep the one that counts, and run this again."
        )
    entry = make_entry(
        first.item,
        place,
        first.student,
        files=None if first.item.is_folder else [(each.file or each.item.name, each.item.path) for each in handed_in],
        key=entry_key(first.student, first.id),
        ids={first.kind: first.id},
        submitted=first.submitted,
        late=None if first.late is None else any(upload.late for upload in uploads),
        problem=problem,
        left_out=theirs.left_out,
    )
    return replace(entry, uploads=tuple(upload.item.name for upload in handed_in or uploads))
