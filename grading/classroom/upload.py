"""Find the submission among the files that one student uploaded: LMSs deliver them one by one."""

from __future__ import annotations

import re
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grading.classroom.download import Item, contents
from grading.classroom.entry import ClassError
from grading.intake.archive import read_zip
from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.results.assignment import ASSIGNMENT
from grading.text import shown

_AGAIN = re.compile(r"(.+?)(?:-(\d+)| ?\((\d+)\))(\.[A-Za-z0-9]+)")
"""Canvas appends -1, -2, … to the name of a resubmitted file; browsers append (1), (2), …"""


def submission_of(item: Item, place: Path) -> Path:
    """Return what to grade of a student's folder or file. Raises as `gathered` does."""
    inside = contents(item.path) if item.is_folder else []
    names = [each.name for each in inside]
    is_program = ASSIGNMENT.program in names and not any(_is(".zip", name) for name in names)
    if not inside or is_program or any(each.is_folder for each in inside):
        return item.path
    return gathered([(each.name, each.path) for each in inside], place)


def gathered(files: Sequence[tuple[str, Path]], place: Path) -> Path:
    """Return one path to grade for all files of a student, (name, path) each.

    A single file is taken as it is. A zip takes precedence over pictures and texts beside it. Loose files are copied
    into a folder in `place`; the only program among them becomes main.py whatever its name, as if it had come alone.
    Raises ClassError, SubmissionError or OSError.
    """
    special = [path for _, path in files if not stat.S_ISREG(path.lstat().st_mode)]
    if special or len(files) == 1:
        return special[0] if special else files[0][1]
    newest = _newest(files)
    programs = {name: path for name, path in newest.items() if _is(".py", name)}
    zips = [name for name in newest if _is(".zip", name)]
    if zips:
        _check_complete(zips, newest[zips[0]], programs)
        return newest[zips[0]]
    if len(programs) == 1:
        [program] = programs
        newest[ASSIGNMENT.program] = newest.pop(program)
    return _copied(newest, place)


def _check_complete(zips: list[str], first: Path, programs: dict[str, Path]) -> None:
    """Raise ClassError unless there is one zip, at `first`, and it holds all the programs beside it."""
    if others := [*zips[1:], *_missing(first, programs)]:
        names = ", ".join(f"'{shown(name)}'" for name in others)
        told = f"There are '{shown(zips[0])}', and beside it {names}, which is not in it like that."
        raise ClassError(f"{told} Keep what counts, then run this again.")


def _newest(files: Sequence[tuple[str, Path]]) -> dict[str, Path]:
    """Return the files by their original name; of resubmitted programs and zips, only the last one."""
    tries: dict[str, dict[int, tuple[str, Path]]] = {}
    for name, path in files:
        again = _AGAIN.fullmatch(name)
        first, number = (again[1] + again[4], int(again[2] or again[3])) if again else (name, 0)
        tries.setdefault(first, {})[number] = (name, path)
    found: dict[str, Path] = {}
    for first, numbered in tries.items():
        if _is((".py", ".zip"), first) and (0 in numbered or len(numbered) == 1):
            found[first] = numbered[max(numbered)][1]
        else:  # hw-1.zip and hw-2.zip may be two things, and data-1.json may be called so
            found.update(numbered.values())
            found.setdefault(first, numbered[max(numbered)][1])
    return found


def _is(ending: str | tuple[str, ...], name: str) -> bool:
    return name.lower().endswith(ending)


def _missing(archive: Path, programs: dict[str, Path]) -> list[str]:
    """Return which of the programs are not in the zip with the same content; a broken zip has none."""
    try:
        inside = {(name.rpartition("/")[2], content) for name, content in read_zip(archive).items()}
    except (SubmissionError, OSError):
        inside = set()
    return [name for name, path in programs.items() if (name, path.read_bytes()) not in inside]


def _copied(files: dict[str, Path], place: Path) -> Path:
    collection = Collection()
    for name, path in files.items():
        if file := collection.admit(name, folder=False):
            with open(path, "rb", opener=open_unlinked) as content:
                collection.take(file, content)
    folder = Path(tempfile.mkdtemp(prefix="upload-", dir=place)) / "submission"
    folder.mkdir()
    for file, data in collection.contents.items():
        (folder / file).write_bytes(data)
    return folder
