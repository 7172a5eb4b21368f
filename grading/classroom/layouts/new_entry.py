"""Make an entry of one student's files, with a key that is the same in each run. All layouts use it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from grading.classroom.download import Item
from grading.classroom.entry import ClassError, Entry
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
    left_out: tuple[str, ...] = (),
) -> Entry:
    """Return the entry of a student. A student whose files can't be told apart gets one with a problem.

    item: what was handed in. place: a folder for copies. name: the student's. files: loose files, (name, path) each,
    in place of `item`. key: else made from the name. The rest as in Entry.
    """
    path, problem = item.path, problem or item.problem
    if problem is None:
        try:
            path = submission_of(item, place) if files is None else gathered(files, place)
        except (ClassError, SubmissionError) as unclear:
            problem = str(unclear)
        except OSError as error:
            problem = f"It can't be read: {error.strerror}."
    return Entry(key or entry_key(name), shown(name, 200), path, ids or {}, submitted, late, problem, left_out)


def misfit(item: Item, layout: str) -> Entry:
    """Return an entry for an item that does not fit the layout, so that it is listed, though not graded."""
    told = f"Its name does not fit the layout ({layout}), so nobody knows whose it is."
    return make_entry(item, item.path, item.name, problem=item.problem or told)


def entry_key(name: str, number: str = "") -> str:
    """Return a file name of lower-case letters, digits and hyphens.

    number: makes the key unique; without one, a hash does where characters were dropped.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    if number:
        return f"{slug or 'student'}-{re.sub('[^A-Za-z0-9]+', '-', number)}"
    if slug == name and len(slug) > 4:  # con, nul, lpt1: devices on Windows
        return slug
    return f"{slug or 'student'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
