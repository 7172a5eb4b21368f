"""A student's own copies of the notebooks, in my_notebooks/, which git ignores.

Running a notebook writes into its file: outputs, counts, predictions. In a clone, that would leave the handed-out files
modified, and the next pull in conflict. A clean filter would not prevent it: git counts any file whose size has changed
as modified (read-cache.c, ie_modified). So students run copies: in a clone or a zip copy, with any editor.

A new version of a notebook replaces its copy. A copy that somebody has worked in is moved to older/ first.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from grading import KIT
from grading.atomic_file import write_file

NAME = "my_notebooks"
OLDER = "older"
_MADE_FROM = ".made_from.json"
"""Name of a notebook -> SHA-256 of the handed-out file that its copy was made from."""
_BESIDE = ("pictures/*.svg", "providers.md")
"""What notebooks link to in their own folder. Students only read these."""


def make_copies(kit: Path = KIT) -> list[str]:
    """Bring the copies up to date, and return a sentence about each that was moved. Raises OSError."""
    originals, copies = kit / "notebooks", kit / NAME
    copies.mkdir(exist_ok=True)
    made_from, moved = _read(copies / _MADE_FROM), []
    for original in sorted(originals.glob("*.ipynb")):
        copy, now = copies / original.name, _hash(original)
        before = made_from.get(original.name)
        if copy.is_file() and before != now and _hash(copy) not in (before, now):
            aside = _unused(copies / OLDER, copy)
            copy.replace(aside)
            moved.append(f"{original.name} has a new version. Yours is now {aside.relative_to(kit).as_posix()}.")
        if not copy.is_file() or before != now:
            shutil.copyfile(original, copy)
        made_from[original.name] = now
    for path in (path for pattern in _BESIDE for path in originals.glob(pattern)):
        to = copies / path.relative_to(originals)
        to.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, to)
    write_file(copies / _MADE_FROM, json.dumps(made_from, indent=1))
    return moved


def use_the_copy(folder: Path, kit: Path = KIT) -> str:
    """Return what to say to who runs a notebook in `folder`: "" unless it is an original in a clone."""
    if folder != kit / "notebooks" or not (kit / ".git").exists():
        return ""
    return f"This notebook is git's own. Work in {NAME}/ instead, so that your next pull does not conflict with it."


def _read(file: Path) -> dict[str, str]:
    """Return what the copies were made from; nothing if that is not known, so what differs is moved and not lost."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _unused(folder: Path, copy: Path) -> Path:
    folder.mkdir(exist_ok=True)
    number = 1
    while (path := folder / f"{copy.stem}-{number}{copy.suffix}").exists():
        number += 1
    return path


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":  # what the set-up runs
    print("\n".join(make_copies()), end="")
