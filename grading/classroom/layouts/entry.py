"""What the layouts share: an entry for the files of one student, with a key that stays the same at each run."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from grading.classroom.download import Item
from grading.classroom.record import ClassError, Entry
from grading.classroom.upload import gathered, submission_of
from grading.intake.collection import SubmissionError
from grading.text import shown


def make_entry(
    item: Item,
    place: Path,
    name: str,
    *,
    files: Sequence[tuple[str, Path]] | None = None,
    key: str = "",
    ids: Mapping[str, str] | None = None,
    submitted: str | None = None,
    late: bool | None = None,
    problem: str | None = None,
) -> Entry:
    """Return the entry of the student of that name, who handed in `item`, or loose `files`, (name, path) each."""
    path, problem = item.path, problem or item.problem
    if problem is None:
        try:
            path = submission_of(item, place) if files is None else gathered(files, place)
        except (ClassError, SubmissionError) as unclear:
            problem = str(unclear)
        except OSError as error:
            problem = f"It can't be read: {error.strerror}."
    return Entry(key or entry_key(name), shown(name, 200), path, ids or {}, submitted, late, problem)


def misfit(item: Item, layout: str) -> Entry:
    """Return the entry of something that does not belong to the layout: listed, and not graded."""
    told = f"Its name does not fit the layout ({layout}), so nobody knows whose it is."
    return make_entry(item, item.path, item.name, problem=item.problem or told)


def entry_key(name: str, number: str = "") -> str:
    """Return a name for files: small letters, digits and hyphens. Without a number, what got lost leaves a hash."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    if number:
        return f"{slug or 'student'}-{re.sub('[^A-Za-z0-9]+', '-', number)}"
    if slug == name and len(slug) > 4:  # con, nul, lpt1: devices on Windows
        return slug
    return f"{slug or 'student'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
