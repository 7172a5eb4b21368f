"""Which files of the kit leave this computer: lists of what is taken, so that nothing else ever is by accident."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from grading import KIT
from grading.own_tests import GALLERY, programs
from grading.steps import OWN_TESTS_PROGRAMS, marks_own_tests

Files = dict[str, bytes]
"""Path below the new folder, with slashes -> content."""

INSTALLED = ("LICENSE", "pyproject.toml", "requirements.lock")
"""What `python3 -m grading setup` needs beside grading/ and README.md."""
NEVER = ("grading/tests/", "grading/gallery/")
"""The grader's own tests, and programs with known marks, right ones among them."""
_SUFFIXES = (".py", ".toml", ".json", ".sh", ".md", ".html", ".css", ".js", ".svg", ".png", ".ipynb", ".txt", ".csv")


def grader_files(without: Collection[str] = ()) -> Files:
    """Return grading/ without NEVER and without what begins with one of `without`."""
    return {
        name: data
        for name, data in folder_files(KIT / "grading", "grading").items()
        if not name.startswith((*NEVER, *without))
    }


def misconception_files() -> Files:
    """Return what `grade check` knows of the gallery: what its wrong programs break and what that means, no program."""
    gallery = KIT / "grading" / "gallery"
    known = [gallery / "patterns.json", *sorted(gallery.glob("wrong/*/program.toml"))]
    return files_of(*(path.relative_to(KIT).as_posix() for path in known))


def own_tests_files() -> Files:
    """Return the programs on which students' own tests (step 9) run, and their list; nothing where there are none."""
    if not marks_own_tests():
        return {}
    correct, broken = programs()
    names = [*(f"correct/{name}" for name in correct), *(f"wrong/{name}" for name in broken)]
    listed = OWN_TESTS_PROGRAMS.relative_to(KIT).as_posix()
    found = files_of(listed)
    for name in names:
        found |= folder_files(GALLERY / name, f"grading/gallery/{name}")
    return found


def suite_files() -> Files:
    """Return tests/: the public suite and its table of steps."""
    return folder_files(KIT / "tests", "tests")


def files_of(*names: str) -> Files:
    """Return single files, those that exist."""
    return {name: (KIT / name).read_bytes() for name in names if (KIT / name).is_file()}


def folder_files(folder: Path, under: str) -> Files:
    """Return the files of a folder, named below `under`: sources, tables and pictures, nothing hidden, no links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        left_out = path.is_symlink() or any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.suffix in _SUFFIXES and path.is_file() and not left_out:
            found["/".join((under, *parts))] = path.read_bytes()
    return found


def write_files(files: Files, out: Path) -> None:
    """Write the files into `out`, a new or an empty folder. Raises OSError; FileExistsError if it is not empty."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(17, "there is something already. Name a new folder")
    for name, data in files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
