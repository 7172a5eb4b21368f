"""List the download of a class: a folder, or the LMS's own zip, whose names and sizes are not trusted."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grading.classroom.entry import ClassError
from grading.intake.archive import BROKEN, BoundedReader, admit_entry, stored_name
from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.intake.environments import Environments
from grading.intake.ignored import is_left_behind
from grading.private_folder import private_folder
from grading.results.assignment import ASSIGNMENT
from grading.text import composed, shown

# Far above what a class hands in, and too little to fill a disk.
MAX_TABLE = 64_000_000  # bytes of the zip's central directory: some 500,000 names
MAX_UPLOAD = 200_000_000  # bytes per student, whose own zip may hold an environment, which is ignored later
MAX_DOWNLOAD = 20_000_000_000  # bytes in total

_OF_SOMEBODY = re.compile(r"_\d+_|_attempt_|^\d+-\d+ - | - |\.zip$", re.IGNORECASE)
_STUDENTS_FOLDER = re.compile(r"_assignsubmission_|^\d+-\d+ - |.\([^()]+\)$")
"""What LMSs call a folder that is one student's: it is no folder around everything, though it may be the only one."""


@dataclass(frozen=True)
class Item:
    """A file or folder at the top of the download."""

    name: str
    """As in the download; the name of `path` may differ."""
    path: Path
    problem: str | None = None
    """Why it could not be extracted from the zip, as a sentence."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, and no link to one."""
        return os.path.lexists(self.path) and stat.S_ISDIR(self.path.lstat().st_mode)


@dataclass(frozen=True)
class Download:
    """What a class handed in, for as long as `open_download` is open."""

    name: str
    """Of the folder around the items."""
    items: list[Item]
    place: Path
    """A private folder for copies, removed afterwards."""
    beside: list[Item] = field(default_factory=list)
    """Items that are nobody's submission, such as a table of scores."""
    known: frozenset[tuple[str, str]] = frozenset()
    """Ids of the class, as (kind, id), if there is a roster: they help where a name can be read in several ways."""


@contextmanager
def open_download(source: Path) -> Iterator[Download]:
    """List the items in the folder or zip `source`. Raises ClassError, or OSError if it can't be opened."""
    with private_folder() as place:
        if source.is_dir():
            name, items = _unwrapped(source.resolve())
        elif zipfile.is_zipfile(source):
            name, items = source.stem, _unpacked(source, place)
        else:
            told = "is neither a folder nor a zip. Name the LMS's download, or unpack it and name the folder."
            raise ClassError(f"{shown(source.name)} {told}")
        if not items:
            raise ClassError(f"{shown(source.name)} is empty: there is nothing to grade.")
        if any(item.name == ASSIGNMENT.program for item in items):
            told = f"looks like one submission: {ASSIGNMENT.program} is at its top"
            raise ClassError(f"{shown(source.name)} {told}. Use grade run, or name the folder of all submissions.")
        yield Download(name, items, place)


def contents(folder: Path) -> list[Item]:
    """List a folder, without what tools and desktops leave behind. Raises OSError."""
    paths = sorted(path for path in folder.iterdir() if not is_left_behind(path.name))
    return [Item(composed(path.name), path) for path in paths]


def subfolders(folder: Path) -> list[Item]:
    """Return the folders in a student's folder; none if it can't be read, which is told when it is taken in."""
    try:
        return [item for item in contents(folder) if item.is_folder]
    except OSError:
        return []


def _unwrapped(folder: Path) -> tuple[str, list[Item]]:
    """List a folder, or the only folder in it: zip programs and exports like to put one around everything."""
    items = contents(folder)
    if len(items) == 1 and items[0].is_folder and not _STUDENTS_FOLDER.search(items[0].name):
        inner = contents(items[0].path)
        several = sum(item.is_folder or _OF_SOMEBODY.search(item.name) is not None for item in inner) > 1
        if not any(item.name == ASSIGNMENT.program for item in inner) and (
            several or any(item.name == "submission_metadata.yml" for item in inner)
        ):
            return items[0].name, inner
    return folder.name, items


@dataclass
class _Upload:
    """One item at the top of the zip; the caps of a submission apply to it."""

    path: Path
    collection: Collection = field(default_factory=Collection)
    size: int = 0
    problem: str | None = None


def _unpacked(source: Path, place: Path) -> list[Item]:
    uploads: dict[str, _Upload] = {}
    total = 0
    try:
        with BoundedReader(open(source, "rb", buffering=0, opener=open_unlinked)) as stream:
            stream.most = MAX_TABLE
            with zipfile.ZipFile(stream) as archive:
                places = list(_places(archive))
                environments = _environments(places)
                for top, name, entry in places:
                    upload = uploads.setdefault(top, _Upload(place / f"{len(uploads):06}" / top))
                    upload.collection.environments = environments[top]
                    before = upload.size
                    if upload.problem is None:
                        upload.problem = _take(archive, entry, top, name, upload)
                    total += upload.size - before
                    if total > MAX_DOWNLOAD:
                        raise ClassError(f"The zip holds more than {MAX_DOWNLOAD // 10**9} GB. Unpack it yourself.")
    except (*BROKEN, SubmissionError) as problem:
        told = f"{shown(source.name)} is not a zip that can be read: {shown(str(problem), 200)}"
        raise ClassError(f"{told} Download it again, or unpack it and name the folder.") from problem
    return [Item(composed(top), upload.path, upload.problem) for top, upload in sorted(uploads.items())]


def _places(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, zipfile.ZipInfo]]:
    """Yield each entry with its top-level name and the rest of its name, without a folder around everything."""
    named = [(stored_name(entry).removeprefix("./"), entry) for entry in archive.infolist()]
    tops = {name.split("/")[0] for name, _ in named if not _unwanted(name)}
    around = f"{tops.pop()}/" if len(tops) == 1 else "/"
    inner = {name[len(around) :].split("/")[0] for name, _ in named if name.startswith(around)} - {""}
    students = _STUDENTS_FOLDER.search(around.removesuffix("/")) is not None
    whole = len(inner) < 2 or ASSIGNMENT.program in inner or students or not around.strip("./ ")
    for name, entry in named:
        if not whole:
            name = name.removeprefix(around)
        top, slash, rest = name.partition("/")
        if not name or _unwanted(name):
            continue
        if not top.strip(". "):  # it leads out of the zip's folder, so it belongs to nobody
            yield name, name, entry
        else:
            yield top, rest if slash else top, entry


def _environments(places: Iterable[tuple[str, str, zipfile.ZipInfo]]) -> dict[str, Environments]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for top, name, _ in places:
        names[top].append(name)
    return {top: Environments(theirs) for top, theirs in names.items()}


def _unwanted(name: str) -> bool:
    top = name.split("/")[0]
    return is_left_behind(top) and bool(top.strip(". "))


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, top: str, name: str, upload: _Upload) -> str | None:
    """Extract one entry into the upload. Returns a sentence if that fails or is unsafe. Raises ClassError."""
    try:
        Collection().admit(top, folder=True)
        is_folder = stored_name(entry).endswith("/")
        file = admit_entry(entry, name, upload.collection)
        if is_folder or file != top or name != top:
            upload.path.mkdir(parents=True, exist_ok=True)
        if file is None:
            return None
        target = upload.path / file if upload.path.is_dir() else upload.path
        target.parent.mkdir(parents=True, exist_ok=True)
        upload.size += entry.file_size  # zipfile extracts no more than that, whatever the entry holds
        if upload.size > MAX_UPLOAD:
            raise SubmissionError("too_large", f"It holds more than {MAX_UPLOAD // 10**6} MB. Send only your program.")
        with archive.open(entry) as content, target.open("xb") as stream:
            shutil.copyfileobj(content, stream)
    except SubmissionError as problem:
        return str(problem)
    except BROKEN as problem:
        if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ClassError("The disk is full: the zip could not be unpacked.") from problem
        return f"'{shown(name)}' could not be taken out of the zip: {shown(str(problem), 120)}. Download it again."
    return None
