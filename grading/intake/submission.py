"""Take in a submission: a folder, a .py file or a zip becomes a private copy with a sound main.py."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grading.intake.archive import ARCHIVES, read_archive, read_zip
from grading.intake.collection import Collection, SubmissionError, open_unlinked
from grading.intake.environments import Environments
from grading.intake.source_text import check_program
from grading.private_folder import private_folder
from grading.results.assignment import ASSIGNMENT
from grading.sandbox.policy import NOBODY
from grading.text import composed, shown

__all__ = ["Submission", "SubmissionError", "open_submission", "read_submission"]

Contents = dict[str, bytes]
"""The files of a program, by name below the folder that holds main.py."""

_FROM_NOTEBOOK = f"Put your code into a file {ASSIGNMENT.program}, and send that."
_RENAME = f"Name your program {ASSIGNMENT.program}."
_SEND = f"Send {ASSIGNMENT.program}, too."
_UNPACK = "Unpack the {} inside, and send what is in it."
_NO_MAIN = {
    ".py.txt": "Windows hides the ending .txt: show file name extensions in the Explorer, and remove it.",
    ".py": _RENAME,
    ".ipynb": _FROM_NOTEBOOK,
    **{ending: _UNPACK.format(ending[1:]) for ending in (*ARCHIVES, ".rar", ".7z")},
}
"""What to do where there is no main.py, by the first of these endings that a file has."""
_LISTED = 5  # names in a sentence
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # a first file, or the end of an empty zip


@dataclass(frozen=True)
class Submission:
    """A submission that is ready to be graded, for as long as `open_submission` is open."""

    name: str  # of the file or folder that was handed in, without its path, safe for a terminal
    folder: Path  # holds the program and only regular files, all read-only
    work: Path  # an empty folder beside it, in which the program may run and write
    sha256: str  # see `digest`


@contextmanager
def open_submission(path: Path) -> Iterator[Submission]:
    """Copy the submission at `path` (a folder, a .py file or a zip) into a private folder, removed afterwards.

    Raises SubmissionError if it can't be graded. None of its code is run.
    """
    contents = read_submission(path)
    with private_folder() as private:
        folder, work = private / "submission", private / "work"
        try:
            _write(folder, contents)
            make_work(work)
        except OSError as error:
            told = f"The files could not be copied for grading: {error.strerror}."
            raise SubmissionError("copy_failed", told) from error
        yield Submission(shown(path.resolve().name), folder, work, digest(contents))


def read_submission(path: Path) -> Contents:
    """Read and check the submission at `path` (a folder, a .py file or a zip) without writing anything.

    Raises SubmissionError if it can't be graded. None of its code is run.
    """
    try:
        contents = _program_only(_read(path))
    except PermissionError as error:
        name = shown(Path(os.fsdecode(error.filename or path)).name)
        told = "Check the permissions of the file or folder."
        raise SubmissionError("no_permission", f"No permission to read '{name}'. {told}") from error
    except OSError as error:
        told = f"'{shown(path.name)}' can't be read: {error.strerror}."
        raise SubmissionError("unreadable", told) from error
    check_program(contents[ASSIGNMENT.program])
    return contents


def digest(contents: Contents) -> str:
    """Return "sha256:…" of names and contents: the same for a folder and for a zip of it."""
    sha256 = hashlib.sha256()
    named = {composed(name).encode(): content for name, content in contents.items()}
    for name, content in sorted(named.items()):
        sha256.update(b"%d:%s%d:%s" % (len(name), name, len(content), content))
    return f"sha256:{sha256.hexdigest()}"


def _read(path: Path) -> Contents:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        told = f"There is no file or folder '{shown(str(path), 200)}'."
        raise SubmissionError("not_found", told) from error
    collection = Collection()
    if stat.S_ISDIR(status.st_mode):
        _read_folder(path, "", collection)
        return collection.contents
    _refuse_special(status, path.name)
    with open(path, "rb", opener=open_unlinked) as stream:
        if path.name == ASSIGNMENT.own_tests:
            raise SubmissionError("no_main", _no_main([path.name]))
        if path.suffix.lower() == ".py":
            collection.take(ASSIGNMENT.program, stream)
            return collection.contents
        start = stream.read(4)
    if path.suffix.lower() == ".ipynb":
        raise SubmissionError("bad_archive", f"This is a notebook. {_FROM_NOTEBOOK}")
    if start not in _ZIP_STARTS and not path.name.lower().endswith(ARCHIVES):
        if path.suffix.lower() in ASSIGNMENT.found_instead:
            raise SubmissionError("no_main", ASSIGNMENT.found_instead[path.suffix.lower()])
        told = f"is neither a folder, a .py file nor a zip. Send {ASSIGNMENT.program}, or a zip of your folder."
        raise SubmissionError("bad_archive", f"'{shown(path.name)}' {told}")
    return read_zip(path) if start in _ZIP_STARTS else read_archive(path)


def _read_folder(folder: Path, prefix: str, collection: Collection) -> None:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
        environments = Environments(entry.name for entry in entries)
        for entry in entries:
            if environments.hold([entry.name]):
                continue
            status = os.lstat(entry.path)
            is_folder = stat.S_ISDIR(status.st_mode)
            name = collection.admit(prefix + entry.name, folder=is_folder)
            if name is None:
                continue
            if is_folder:
                _read_folder(Path(entry.path), name + "/", collection)
                continue
            _refuse_special(status, name)
            with open(entry.path, "rb", opener=open_unlinked) as stream:
                collection.take(name, stream)


def _refuse_special(status: os.stat_result, name: str) -> None:
    """Reject links, which could bring in somebody else's files, and devices and pipes, which could hang when opened."""
    if stat.S_ISLNK(status.st_mode):
        told = "is a link. Put the file or folder itself in its place."
    elif not stat.S_ISREG(status.st_mode):
        told = "is a pipe, a socket or a device, not a file. Remove it."
    elif status.st_nlink > 1:
        told = "is a hard link: the same file has another name elsewhere. Put a copy in its place."
    else:
        return
    raise SubmissionError("unsafe_archive", f"'{shown(name)}' {told}")


def _program_only(contents: Contents) -> Contents:
    """Return the files of the folder with the shallowest main.py, named relative to it. Raises SubmissionError."""
    program = ASSIGNMENT.program
    roots = [name.removesuffix(program) for name in contents if name.rpartition("/")[2] == program]
    if not roots:
        raise SubmissionError("no_main", _no_main(sorted(contents)))
    depth = min(root.count("/") for root in roots)
    shallowest = sorted(root for root in roots if root.count("/") == depth)
    if len(shallowest) > 1:
        told = f"There is more than one {program}: {_listed([f'{root}{program}' for root in shallowest])}."
        raise SubmissionError("several_main", f"{told} Send the folder of one.")
    root = shallowest[0]
    return {name.removeprefix(root): content for name, content in contents.items() if name.startswith(root)}


def _no_main(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    others = [name.lower() for name in names if name.rpartition("/")[2] != ASSIGNMENT.own_tests]
    looked_at = [name for name in others if name.endswith((".py", ".py.txt"))] or others  # a page may lie beside them
    told = {**ASSIGNMENT.found_instead, **_NO_MAIN}
    advice = (advice for ending, advice in told.items() if any(f"/{name}".endswith(_end(ending)) for name in looked_at))
    what_to_do = next(advice, _RENAME if len(others) == len(names) else _SEND)
    packages = (name.split("/")[-2] for name in names if name.endswith("/wsgi.py"))
    what_to_do = what_to_do.replace("{folder}", shown(next(packages, "your_project")))
    return f"There is no {ASSIGNMENT.program}. Found: {_listed(names) or 'no files'}{more}. {what_to_do}"


def _end(name: str) -> str:
    """Return what a path ends with that has this ending or, if it is no ending, this name."""
    return name if name.startswith(".") else f"/{name}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{shown(name)}'" for name in names[:_LISTED])


def _write(folder: Path, contents: Contents) -> None:
    folder.mkdir(mode=0o700)
    folders = {folder}
    for name, content in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in target.parents if folder in parent.parents)
        with target.open("xb") as stream:
            stream.write(content)
        target.chmod(0o444)
    if os.name == "posix":  # elsewhere a folder's mode says nothing about the files in it
        # As root, the sandbox runs the program as another user, who may read the copy but not list its neighbours.
        root = os.geteuid() == 0
        folder.parent.chmod(0o711 if root else 0o700)
        for each in folders:
            each.chmod(0o555 if root else 0o500)


def make_work(folder: Path) -> Path:
    """Make an empty folder in which a program may run and write. Returns it. Raises OSError."""
    folder.mkdir(mode=0o700)
    if os.name == "posix" and os.geteuid() == 0:  # the sandbox then runs the program as another user
        with contextlib.suppress(OSError):  # a user namespace without such a user, where the sandbox can't be it either
            os.chown(folder, NOBODY, NOBODY)
    return folder
