"""Zips by Windows: backslashes between folders, and names in the old encodings of Japan, China and Korea."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.maintain.raw_zip import raw
from grading.tests.intake.handed_in import private, refusal, taken, written

__all__ = ["private"]  # a fixture


@pytest.mark.parametrize("flags", [0, 0x0800])
def test_backslashes_of_powershell_part_folders(tmp_path: Path, flags: int) -> None:
    data = raw([b"answer\\", b"answer\\main.py", b"answer\\parts\\a.py"], flags=flags)
    assert sorted(taken(written(tmp_path / "hw.zip", data))) == ["main.py", "parts/a.py"]


@pytest.mark.parametrize(
    ("folder", "encoding"),
    [("ソース", "cp932"), ("課題", "cp932"), ("能力表", "cp932"), ("項目", "gbk"), ("功課", "big5")],
)
def test_a_folder_named_in_an_old_encoding_is_found(tmp_path: Path, folder: str, encoding: str) -> None:
    names = [f"{folder}/main.py".encode(encoding), f"{folder}/test_main.py".encode(encoding)]
    assert sorted(taken(written(tmp_path / "kadai.zip", raw(names)))) == ["main.py", "test_main.py"]


def test_an_umlaut_before_a_backslash_of_windows_is_no_character_of_two_bytes(tmp_path: Path) -> None:
    assert list(taken(written(tmp_path / "hw.zip", raw(["Gruß\\main.py".encode("cp437")])))) == ["main.py"]


@pytest.mark.parametrize("name", [b"..\\..\\evil.py", b"\\evil.py", b"\\\\server\\evil.py", b"a\\..\\..\\evil.py"])
def test_a_backslash_leads_out_of_the_folder_as_little_as_a_slash(tmp_path: Path, name: bytes) -> None:
    assert refusal(written(tmp_path / "hw.zip", raw([b"main.py", name]))).reason == "unsafe_archive"


def test_two_names_that_differ_by_the_slash_alone_are_one_place(tmp_path: Path) -> None:
    assert "the same place" in str(refusal(written(tmp_path / "hw.zip", raw([b"a/main.py", b"a\\main.py"]))))
