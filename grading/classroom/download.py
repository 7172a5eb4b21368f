"""The download of a class as a list: from a folder, or from the LMS's own zip, whose names and sizes may lie."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grading.classroom.record import ClassError
from grading.intake.archive import BROKEN, BoundedReader, admit_entry, stored_name
from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.private_folder import private_folder
from grading.text import composed, shown

# Far above what a class hands in, and below what fills a disk.
MAX_TABLE = 64_000_000  # bytes of the zip's table of names: some 500,000 of them
MAX_UPLOAD = 200_000_000  # bytes of one student, whose own zip may hold an environment that is left out later
MAX_DOWNLOAD = 20_000_000_000  # bytes of all

_OF_SOMEBODY = re.compile(r"_\d+_|\.zip$", re.IGNORECASE)
_DESKTOP = frozenset(["__macosx", "__pycache__", "thumbs.db", "desktop.ini"])


@dataclass(frozen=True)
class Item:
    """A file or folder at the top of the download."""

    name: str
    """As the download writes it; `path` may have another one."""
    path: Path
    problem: str | None = None
    """Why it could not be taken out of the zip, as a sentence."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder itself, not a link to one."""
        return os.path.lexists(self.path) and stat.S_ISDIR(self.path.lstat().st_mode)


@dataclass(frozen=True)
class Download:
    """What a class handed in, for as long as `open_download` is open."""

    name: str
    """Of the folder that the items are in."""
    items: list[Item]
    place: Path
    """A private folder for copies; gone afterwards."""


@contextmanager
def open_download(source: Path) -> Iterator[Download]:
    """List what is in the folder or zip `source`. Raises ClassError, or OSError if it can't be opened."""
    with private_folder() as place:
        if source.is_dir():
            name, items = _unwrapped(source.resolve())
        elif zipfile.is_zipfile(source):
            name, items = source.stem, _unpacked(source, place)
        else:
            raise ClassError(f"{shown(source.name)} is neither a folder nor a zip. Name the LMS's download.")
        if not items:
            raise ClassError(f"{shown(source.name)} is empty: there is nothing to grade.")
        if any(item.name == "main.py" for item in items):
            told = "looks like one submission: main.py is at its top"
            raise ClassError(f"{shown(source.name)} {told}. Use grade run, or name the folder of all submissions.")
        yield Download(name, items, place)


def contents(folder: Path) -> list[Item]:
    """Return what is in a folder, without what tools and desktops leave there. Raises OSError."""
    paths = sorted(path for path in folder.iterdir() if not _left_behind(path.name))
    return [Item(composed(path.name), path) for path in paths]


def _left_behind(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _DESKTOP


def _unwrapped(folder: Path) -> tuple[str, list[Item]]:
    """Zip programs and exports like to put a folder around all: look into it."""
    items = contents(folder)
    if len(items) == 1 and items[0].is_folder:
        inner = contents(items[0].path)
        several = sum(item.is_folder or _OF_SOMEBODY.search(item.name) is not None for item in inner) > 1
        if not any(item.name == "main.py" for item in inner) and (
            several or any(item.name == "submission_metadata.yml" for item in inner)
        ):
            return items[0].name, inner
    return folder.name, items


@dataclass
class _Upload:
    """What is at one place at the top of the zip; the caps of a submission hold for it."""

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
                for top, name, entry in _places(archive):
                    upload = uploads.setdefault(top, _Upload(place / f"{len(uploads):06}" / top))
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
    """Yield each entry with the name at the top that it belongs to, and the rest; a folder around all is left out."""
    named = [(stored_name(entry).removeprefix("./"), entry) for entry in archive.infolist()]
    tops = {name.split("/")[0] for name, _ in named if not _unwanted(name)}
    around = f"{tops.pop()}/" if len(tops) == 1 else "/"
    inner = {name[len(around) :].split("/")[0] for name, _ in named if name.startswith(around)} - {""}
    whole = len(inner) < 2 or "main.py" in inner or "_assignsubmission_" in around or not around.strip("./ ")
    for name, entry in named:
        if not whole:
            name = name.removeprefix(around)
        top, slash, rest = name.partition("/")
        if not name or _unwanted(name):
            continue
        if not top.strip(". "):  # it leads out of the zip's folder: nobody's place
            yield name, name, entry
        else:
            yield top, rest if slash else top, entry


def _unwanted(name: str) -> bool:
    top = name.split("/")[0]
    return _left_behind(top) and bool(top.strip(". "))


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, top: str, name: str, upload: _Upload) -> str | None:
    """Write one entry into the upload's place. Returns a sentence if that can't or must not be done."""
    try:
        Collection().admit(top, folder=True)
        is_folder = entry.orig_filename.endswith("/")
        file = admit_entry(entry, name, upload.collection)
        if is_folder or file != top or name != top:
            upload.path.mkdir(parents=True, exist_ok=True)
        if file is None:
            return None
        target = upload.path / file if upload.path.is_dir() else upload.path
        target.parent.mkdir(parents=True, exist_ok=True)
        upload.size += entry.file_size  # zipfile gives no more than that, whatever the entry holds
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
