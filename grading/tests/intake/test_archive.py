"""The intake of zips: honest ones of several makers, and broken ones."""

from __future__ import annotations

import random
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grading.intake.collection import MAX_DEPTH, MAX_FILES
from grading.intake.submission import SubmissionError
from grading.maintain.raw_zip import PROGRAM, raw
from grading.tests.intake.handed_in import packed, private, refusal, taken, written

__all__ = ["private"]  # fixtures


# Honest zips.


@pytest.mark.parametrize("root", ["", "hw/", "hw/starter/", "./"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_of_files_or_of_a_folder(tmp_path: Path, root: str, method: int) -> None:
    entries = {f"{root}main.py": PROGRAM, f"{root}parts/a.py": b"a", "__MACOSX/._main.py": b"!", ".DS_Store": b"!"}
    assert taken(packed(tmp_path / "hw.zip", entries, method)) == {"main.py": PROGRAM, "parts/a.py": b"a"}


def test_zip_with_folder_entries_and_modes_as_unix_makes_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
        for name, mode in [("hw/", stat.S_IFDIR | 0o755), ("hw/main.py", stat.S_IFREG | 0o4777), ("hw/e/", 0)]:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, b"" if name.endswith("/") else PROGRAM)
    assert taken(tmp_path / "hw.zip") == {"main.py": PROGRAM}


def test_zip_written_by_hand_is_a_good_one_under_any_name(tmp_path: Path) -> None:
    """The hostile zips below differ from this one in a single thing."""
    for name in ("hw.zip", "submission_123"):
        assert taken(written(tmp_path / name, raw([b"hw/main.py"]))) == {"main.py": PROGRAM}


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_name_as_macos_and_old_windows_write_it(tmp_path: Path, encoding: str) -> None:
    data = raw([b"main.py", "données.txt".encode(encoding)])
    assert set(taken(written(tmp_path / "hw.zip", data))) == {"main.py", "données.txt"}


def test_zip_in_a_zip_is_only_a_file(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"main.py": b"inner = 1\n"}).read_bytes()
    outer = packed(tmp_path / "outer.zip", {"main.py": PROGRAM, "inner.zip": inner})
    assert taken(outer) == {"main.py": PROGRAM, "inner.zip": inner}
    assert refusal(packed(tmp_path / "only.zip", {"inner.zip": inner})).reason == "no_main"


def test_whole_environment_is_left_out_unread(tmp_path: Path) -> None:
    deep = ".venv/lib/python3.13/site-packages/" + "d/" * MAX_DEPTH
    entries = {f"{deep}{n}.py": b"" for n in range(3 * MAX_FILES)} | {".venv/aux.py": b"", "main.py": PROGRAM}
    assert taken(packed(tmp_path / "hw.zip", entries)) == {"main.py": PROGRAM}


# Broken zips.


@pytest.mark.parametrize("data", [b"", b"PK", b"Rar!\x1a\x07\x01\x00", b"PK\x03\x04" + b"\0" * 100])
def test_zip_only_by_its_name(tmp_path: Path, data: bytes) -> None:
    error = refusal(written(tmp_path / "hw.zip", data))
    assert error.reason == "bad_archive"
    assert "Make the zip again, or send the folder." in str(error)


def test_zip_broken_off_at_any_place(tmp_path: Path) -> None:
    data = packed(tmp_path / "whole.zip", {"main.py": PROGRAM * 9, "a.py": b"a"}).read_bytes()
    for length in range(0, len(data), 7):
        assert refusal(written(tmp_path / "hw.zip", data[:length])).reason == "bad_archive"


def test_zip_with_flipped_bytes_never_crashes(tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole.zip", {"main.py": PROGRAM * 9, "parts/a.py": b"a" * 500}).read_bytes()
    chance = random.Random(1)
    reasons = set()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            taken(written(tmp_path / "hw.bin", bytes(data)))
        except SubmissionError as error:
            reasons.add(error.reason)
    assert "bad_archive" in reasons
    assert reasons <= {"bad_archive", "unsafe_archive", "no_main", "too_large"}


def test_changed_content(tmp_path: Path) -> None:
    data = packed(tmp_path / "hw.zip", {"main.py": PROGRAM}, zipfile.ZIP_STORED).read_bytes()
    assert refusal(written(tmp_path / "hw.zip", data.replace(b"None", b"Nope"))).reason == "bad_archive"


LOCKED = [({"flags": flags}, "password") for flags in (0x0001, 0x0041, 0x2041)]
PACKED = [({"method": m}, "packed in an unusual way") for m in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 93, 99)]


@pytest.mark.parametrize(("header", "told"), [*LOCKED, *PACKED], ids=str)
def test_password_and_unusual_compression(tmp_path: Path, header: dict[str, Any], told: str) -> None:
    error = refusal(written(tmp_path / "hw.zip", raw([b"main.py"], **header)))
    assert error.reason == "bad_archive"
    assert told in str(error)
