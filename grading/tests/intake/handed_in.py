"""Submissions for the tests of the intake: folders, zips, and what became of them."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from grading.intake.submission import SubmissionError, open_submission

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX file system")


@pytest.fixture(autouse=True)
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place for temporary folders; empty again after each test, whatever happened."""
    place = tmp_path / "private"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """An empty folder to hand in."""
    folder = tmp_path / "given"
    folder.mkdir()
    return folder


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def taken(path: Path) -> dict[str, bytes]:
    """Return what the copy of the submission at `path` holds."""
    with open_submission(path) as submission:
        root = submission.folder
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def refusal(path: Path) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught, open_submission(path):
        pass
    sentence = str(caught.value)
    assert sentence.endswith((".", ".)"))
    assert "Traceback" not in sentence
    return caught.value


def packed(path: Path, entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
