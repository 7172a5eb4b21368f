"""Make the zip to hand in: exactly what `grade run` takes of a folder, and the list of what stays here."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from grading.atomic_file import write_file
from grading.intake.submission import Contents, SubmissionError, digest, read_submission

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip knows: the same files make the same zip


class SubmitError(Exception):
    """No zip was made; `str(error)` says why and what to do."""


@dataclass(frozen=True)
class Handed:
    """What was packed."""

    taken: dict[str, int]
    """Name in the zip -> bytes."""
    left: list[str]
    """Names in the folder that are not in the zip; a folder, with a slash, stands for all in it."""
    sha256: str
    """As in a result's `hashes`."""


def submit(folder: Path, out: Path) -> Handed:
    """Write the zip of `folder` to `out`. Raises SubmitError; a zip that is there already is replaced."""
    if not (folder / "main.py").is_file():
        raise SubmitError(f"There is no main.py in {folder}. Name the folder that holds it, for example: starter")
    if out.resolve().is_relative_to(folder.resolve()):
        raise SubmitError(f"{out} would be inside the folder that it packs. Name a place outside.")
    if out.exists() and not zipfile.is_zipfile(out):
        raise SubmitError(f"{out} is there already, and it is no zip. Name another file.")
    try:
        files = read_submission(folder)
        write_file(out, _zip(files))
        if digest(read_submission(out)) != digest(files):  # as whoever marks it will read it
            raise SubmitError(f"{out} does not hold what is in {folder}. Did a file change just now? Try again.")
    except SubmissionError as problem:
        raise SubmitError(f"This can't be handed in yet. {problem}") from None
    except OSError as problem:
        raise SubmitError(f"{out} can't be written: {problem.strerror}.") from None
    return Handed({name: len(data) for name, data in sorted(files.items())}, _left(folder, set(files)), digest(files))


def _zip(files: Contents) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def _left(folder: Path, taken: set[str]) -> list[str]:
    """Return what is in `folder` and was not taken; a folder of which nothing was taken is one entry."""
    left: list[str] = []
    for place, folders, names in os.walk(folder):
        below = Path(place).relative_to(folder).as_posix()
        prefix = "" if below == "." else f"{below}/"
        for name in list(folders):
            if not any(each.startswith(f"{prefix}{name}/") for each in taken):
                left.append(f"{prefix}{name}/")
                folders.remove(name)
        left += [f"{prefix}{name}" for name in names if f"{prefix}{name}" not in taken]
    return sorted(left)
