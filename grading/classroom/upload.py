"""Find the submission among the files that one student uploaded: LMSs deliver them one by one."""

from __future__ import annotations

import re
import stat
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from grading.classroom.download import Item, contents
from grading.classroom.entry import ClassError
from grading.intake.archive import ARCHIVES, read_archive
from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.results.assignment import ASSIGNMENT
from grading.text import shown

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_AGAIN = re.compile(rf"(.+?)(?:-(\d+)|-({_UUID})| ?\((\d+)\))((?:\.[A-Za-z0-9]+)+)", re.DOTALL)
"""Canvas appends -1, -2, … to the name of a resubmitted file, before all its endings, and a UUID from the ninth time;
browsers append (1), (2), …"""
_RANDOM = 10**9  # in place of a number, for a UUID: it comes after all numbers, but two of them have no order


def submission_of(item: Item, place: Path) -> Path:
    """Return what to grade of a student's folder or file. Raises as `gathered` does."""
    inside = contents(item.path) if item.is_folder else []
    names = [each.name for each in inside]
    is_program = ASSIGNMENT.program in names and not any(
        _is(ARCHIVES, name) or (original_name(name) == ASSIGNMENT.program != name) for name in names
    )
    if not inside or is_program or any(each.is_folder for each in inside):
        return item.path
    return gathered([(each.name, each.path) for each in inside], place)


def gathered(files: Sequence[tuple[str, Path]], place: Path) -> Path:
    """Return one path to grade for all files of a student, (name, path) each.

    A single file is taken as it is. A zip takes precedence over pictures and texts beside it. Loose files are copied
    into a folder in `place`; the only program among them becomes main.py whatever its name, as if it had come alone.
    The student's own tests are never the program.
    Raises ClassError, SubmissionError or OSError.
    """
    special = [path for _, path in files if not stat.S_ISREG(path.lstat().st_mode)]
    if special:
        return special[0]
    _check_single(files)
    newest = _newest(files)
    programs = {name: path for name, path in newest.items() if _is(".py", name) and name != ASSIGNMENT.own_tests}
    if len(files) == 1 and (programs or ASSIGNMENT.own_tests not in newest):
        return files[0][1]
    zips = [name for name in newest if _is(ARCHIVES, name)]
    if zips:
        beside = {name: path for name, path in newest.items() if _is(".py", name)}
        _check_complete(zips, newest[zips[0]], beside)
        return newest[zips[0]]
    if len(programs) == 1:
        [program] = programs
        newest[ASSIGNMENT.program] = newest.pop(program)
    return _copied(newest, place)


def original_name(name: str) -> str:
    """Return a file's name as the student gave it, without what Canvas and browsers append to tell uploads apart."""
    again = _AGAIN.fullmatch(name)
    return again[1] + again[5] if again else name


def _check_single(files: Sequence[tuple[str, Path]]) -> None:
    """Raise ClassError if two files have the same name: which one counts is unknown."""
    if twice := [name for name, count in Counter(name for name, _ in files).items() if count > 1]:
        told = f"There are several files '{shown(twice[0])}', so which one counts is unknown."
        raise ClassError(f"{told} Keep one of them, then run this again.")


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
        number = 0 if again is None else _RANDOM if again[3] else int(again[2] or again[4])
        numbered = tries.setdefault(original_name(name), {})
        if number in numbered:
            told = f"Which of '{shown(numbered[number][0])}' and '{shown(name)}' is newer can't be told by their names."
            raise ClassError(f"{told} Keep one of them, then run this again.")
        numbered[number] = (name, path)
    found: dict[str, Path] = {}
    for first, numbered in tries.items():
        if _is((".py", *ARCHIVES), first) and (0 in numbered or len(numbered) == 1 or _RANDOM in numbered):
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
        inside = {(name.rpartition("/")[2], content) for name, content in read_archive(archive).items()}
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
