"""Make small downloads of a class, and read them."""

from __future__ import annotations

from pathlib import Path

from grading.classroom.download import open_download
from grading.classroom.entry import Entry
from grading.classroom.layouts import read_layout
from grading.intake.submission import SubmissionError, open_submission

PROGRAM = b"app = 1\n"
OTHER = b"app = 2\n"
TESTS = b"def test(): pass\n"


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(source: Path, layout: str | None = None) -> tuple[str, dict[str, tuple[Entry, dict[str, bytes] | str]]]:
    """Return the layout, and by key each entry with the files that would be graded, or the reason why none."""
    with open_download(source) as download:
        found, entries, told = read_layout(download, layout)
        assert len({entry.key.casefold() for entry in entries}) == len(entries)
        assert all(entry.key.isascii() and entry.key.replace("-", "").isalnum() for entry in entries)
        assert f", {len(entries)} submissions." in told[0]
        return found, {entry.key: (entry, _graded(entry)) for entry in entries}


def _graded(entry: Entry) -> dict[str, bytes] | str:
    if entry.problem:
        return entry.problem
    try:
        with open_submission(entry.path) as submission:
            root = submission.folder
            return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    except SubmissionError as problem:
        return str(problem)


def taken(source: Path, layout: str | None = None) -> dict[str, dict[str, bytes]]:
    """Return the files that would be graded, by the student's name."""
    found = read(source, layout)[1].values()
    return {entry.name: graded for entry, graded in found if isinstance(graded, dict)}


def refused(source: Path, layout: str | None = None) -> dict[str, str]:
    """Return why the others would not be graded, by the entry's name."""
    found = read(source, layout)[1].values()
    return {entry.name: graded for entry, graded in found if isinstance(graded, str)}
