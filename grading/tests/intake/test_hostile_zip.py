"""The intake of zips that were made to do harm. All are small on disk."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from grading.intake import archive as archive_module
from grading.intake.collection import MAX_FILE, MAX_TOTAL
from grading.maintain.raw_zip import PROGRAM, raw
from grading.tests.intake.handed_in import packed, private, refusal, taken, written

__all__ = ["private"]  # fixtures


UPWARDS = ["../evil.py", "hw/../../evil.py", "hw/..", "__MACOSX/../../evil.py", ".. /evil.py"]
ABSOLUTE = ["/evil.py", "//server/share/evil.py", "\\\\server\\share\\evil.py", "C:/evil.py"]
WINDOWS = [
    "..\\evil.py",
    "hw\\..\\..\\evil.py",
    "C:evil.py",
    "main.py::$DATA",
    "CON",
    "parts/aux.py",
    "Lpt1 .txt",
    "COM¹.txt",
]
UNSEEN = ["a\x00b.py", "main.py\x00.txt", "a\x1b]0;title\x07.py", "a\u0085b.py", "a\u2028b.py"]


@pytest.mark.parametrize("name", [*UPWARDS, *ABSOLUTE, *WINDOWS, *UNSEEN])
def test_name_that_could_land_elsewhere(tmp_path: Path, name: str) -> None:
    data = raw([b"main.py", name.encode()], flags=0x0800)
    error = refusal(written(tmp_path / "hw.zip", data))
    assert error.reason == "unsafe_archive"
    assert str(error).isprintable()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["hw.zip", "private"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFDIR])
def test_link_or_device_by_its_attributes(tmp_path: Path, kind: int) -> None:
    names = [b"main.py", b"hw/data.txt", *([b"parts/"] if kind != stat.S_IFDIR else [])]
    for name in names:
        error = refusal(written(tmp_path / "hw.zip", raw([name], b"/etc/passwd", mode=kind | 0o777)))
        assert error.reason == "unsafe_archive"
        assert f"'{name.decode().rstrip('/')}'" in str(error)


def test_link_in_an_environment_is_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(".venv/bin/python")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
        archive.writestr(link, b"/usr/bin/python3")
        archive.writestr("main.py", PROGRAM)
    assert taken(tmp_path / "hw.zip") == {"main.py": PROGRAM}


@pytest.mark.parametrize(
    "names",
    [
        ["main.py", "main.py"],
        ["main.py", "./main.py"],
        ["main.py", "Main.py"],
        ["main.py", "MAIN.PY/a.py"],
        ["main.py", "main.py/a.py"],
        ["main.py/a.py", "main.py"],
        ["main.py", "main.py."],
        ["main.py", "ma\u0131n.py", "MA\u0131N.py"],
        ["hw/main.py", "HW/notes.txt"],
        ["main.py", "pr\u00eat.py", "pre\u0302t.py"],
    ],
    ids=" ".join,
)
def test_two_names_for_one_place(tmp_path: Path, names: list[str]) -> None:
    data = raw([name.encode() for name in names], flags=0x0800)
    assert refusal(written(tmp_path / "hw.zip", data)).reason == "unsafe_archive"


def test_bomb_in_one_file_and_in_many(tmp_path: Path) -> None:
    one = {"zeros": b"\0" * (MAX_FILE + 1)}
    for parts in (one, {f"zeros{n}": b"\0" * MAX_FILE for n in range(MAX_TOTAL // MAX_FILE)}):
        path = packed(tmp_path / "hw.zip", {"main.py": PROGRAM} | parts)
        assert path.stat().st_size < MAX_FILE / 100
        assert refusal(path).reason == "too_large"


def test_bomb_whose_entries_share_their_data(tmp_path: Path) -> None:
    """Each entry of the table points at the same compressed zeros; newer Pythons call that a broken zip."""
    whole = packed(tmp_path / "one.zip", {"zeros": b"\0" * MAX_FILE}).read_bytes()
    start = whole.index(b"PK\x01\x02")
    entry, end = whole[start : whole.index(b"PK\x05\x06")], bytearray(whole[whole.index(b"PK\x05\x06") :])
    struct.pack_into("<HHI", end, 8, 50, 50, 50 * len(entry))
    data = whole[:start] + entry * 50 + bytes(end)
    assert refusal(written(tmp_path / "hw.zip", data)).reason in {"bad_archive", "unsafe_archive"}


@pytest.mark.parametrize("size", [1, 2**31])
def test_header_that_lies_about_the_size(tmp_path: Path, size: int) -> None:
    """Too small a size can't smuggle in more than it says; too large a one reserves no memory."""
    path = written(tmp_path / "hw.zip", raw([b"main.py"], size=size))
    if size == 1:
        assert refusal(path).reason == "bad_archive"
    else:
        assert taken(path) == {"main.py": PROGRAM}


def test_table_of_names_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_DIRECTORY", 100_000)
    monkeypatch.setattr(zipfile.ZipInfo, "__init__", lambda *_: pytest.fail("the table was read"))
    data = raw([b".venv/%d" % n for n in range(2000)], b"")
    assert refusal(written(tmp_path / "hw.zip", data)).reason == "too_large"


def test_name_of_64_kilobytes(tmp_path: Path) -> None:
    error = refusal(written(tmp_path / "hw.zip", raw([b"n" * 65535])))
    assert error.reason == "too_large"
    assert len(str(error)) < 300


def test_broken_main_in_a_zip_is_told_like_in_a_folder(tmp_path: Path) -> None:
    assert refusal(packed(tmp_path / "hw.zip", {"hw/main.py": b"def f(:\n"})).reason == "syntax_error"
