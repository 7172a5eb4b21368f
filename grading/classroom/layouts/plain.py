"""Plain folders, zips and Python files: one for each student, whose name is all that is known.

It is also what any unknown layout looks like. So it refuses loose files that may be several files of one student, which
would become several students: what they share, or what their names end in, gives them away.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath

from grading.classroom.download import Download, Item
from grading.classroom.entry import ClassError, Entry
from grading.classroom.layouts.new_entry import make_entry
from grading.intake.archive import ARCHIVES
from grading.results.assignment import ASSIGNMENT
from grading.text import shown

_LISTED = 3
_ENDINGS = (".py", *ARCHIVES)
_SIGNS = (" - ", "_", "-")
"""What parts the name of a student from that of a file."""


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry for each folder, zip or Python file."""
    for item in download.items:
        ending = next((end for end in _ENDINGS if not item.is_folder and item.name.lower().endswith(end)), "")
        name = item.name[: len(item.name) - len(ending)] or item.name
        # A file that is named as somebody's tests is no program: `files` says so by its name.
        files = (
            [(ASSIGNMENT.own_tests, item.path)]
            if not item.is_folder and _is_part(item.name, ASSIGNMENT.own_tests)
            else None
        )
        yield make_entry(item, download.place, name, files=files)


def check_one_each(download: Download) -> None:
    """Raise ClassError if loose files may be several of one student, or a part of one submission."""
    loose = [item.name for item in download.items if not item.is_folder]
    if odd := [
        name for name in loose if any(_is_part(name, part) for part in (ASSIGNMENT.program, ASSIGNMENT.own_tests))
    ]:
        _refuse(odd, "named as a file of a submission, not as a student's")
    if alike := _alike(download.items):
        _refuse(alike, "named alike, as if several were of one student")


def _is_part(name: str, part: str) -> bool:
    return bool(part) and re.search(rf"(?:\A|[ _-]){re.escape(part)}\Z", name) is not None


def _alike(items: list[Item]) -> list[str]:
    """Return the names of loose files that may be several of one student; none if all are surely a student's each."""
    loose = [item.name for item in items if not item.is_folder]
    starts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    rests: defaultdict[str, set[str]] = defaultdict(set)
    for name in loose:
        stem = PurePath(name).stem.casefold()
        starts["", stem].add(name)
        for sign in _SIGNS:
            for start, rest in {stem.partition(sign)[::2], stem.rpartition(sign)[::2]} if sign in stem else ():
                starts[sign, start].add(name)
                rests[rest].add(start)
                if not name.lower().endswith(_ENDINGS):  # a receipt or notes, beside the submission of this name
                    starts["", start].add(name)
    for (sign, start), names in starts.items():
        parts = {name.casefold().split(start + sign, 1)[-1].rpartition(".")[0] for name in names}
        # "Anna-Maria" is one name, "hw_ada" and "hw_ben" are two students': there, what follows must tell.
        certain = sign in ("", " - ") or (sign == "_" and len(names) < len(loose))
        if len(names) > 1 and (certain or any(len(rests[part]) > 1 for part in parts)):
            return sorted(names)
    return []


def _refuse(names: list[str], why: str) -> None:
    listed = ", ".join(f"'{shown(name)}'" for name in names[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    raise ClassError(
        f"No layout is known in which files are called like {listed}{more}: they are {why}. Nothing was graded. Put "
        "what each student handed in into a folder of its own, or name the layout with --layout (plain: each file is a "
        "student)."
    )
