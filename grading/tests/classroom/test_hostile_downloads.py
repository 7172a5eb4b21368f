"""Bad names, links, bombs and lies in a download cost their own entry only."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from grading.classroom import download as download_module
from grading.classroom.download import open_download
from grading.classroom.entry import ClassError
from grading.maintain.class_works import zipped
from grading.maintain.raw_zip import raw
from grading.tests.classroom.downloads import PROGRAM, fill, read
from grading.tests.intake.handed_in import posix


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (b"../evil.py", "leads out of the folder"),
        (b"eve_1_2_../../evil.py", "leads out of the folder"),
        (b"/evil.py", "leads out of the folder"),
        (b"C:evil.py", "a colon"),
        (b"eve_1_2_a\\..\\..\\main.py", "leads out of the folder"),
        (b"aux", "Windows keeps that name"),
        (b"eve/" + b"d/" * 9 + b"main.py", "too deep"),
    ],
)
def test_a_bad_name_in_the_lms_zip_is_listed_and_stops_nobody(tmp_path: Path, name: bytes, told: str) -> None:
    path = tmp_path / "class.zip"
    path.write_bytes(raw([b"anna_101_1_main.py", b"bob_102_2_main.py", b"cy_103_3_main.py", name], PROGRAM))
    layout, found = read(path)
    assert layout == "canvas"
    assert sorted(key for key, (_, graded) in found.items() if isinstance(graded, dict)) == [
        "anna-101", "bob-102", "cy-103",
    ]  # fmt: skip
    assert [told in graded for _, graded in found.values() if isinstance(graded, str)] == [True]
    assert not list(tmp_path.rglob("evil.py"))


def test_links_and_bombs_in_the_lms_zip_cost_only_their_own_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "MAX_UPLOAD", 100_000)
    link = zipfile.ZipInfo("Eve_2_assignsubmission_file_/main.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Anna_1_assignsubmission_file_/main.py", PROGRAM)
        archive.writestr(link, b"/etc/passwd")
        for number in range(9):
            archive.writestr(f"Bo_3_assignsubmission_file_/zeros{number}", b"\0" * 20_000)
        for number in range(600):
            archive.writestr(f"Cy_4_assignsubmission_file_/{number}.py", b"")
        archive.writestr("Di_5_assignsubmission_file_/.venv/huge", b"\0" * 200_000)
        archive.writestr("Di_5_assignsubmission_file_/main.py", PROGRAM)
    found = read(tmp_path / "class.zip")[1]
    assert {key: graded for key, (_, graded) in found.items() if isinstance(graded, dict)} == {
        "anna-1": {"main.py": PROGRAM},
        "di-5": {"main.py": PROGRAM},
    }
    assert "is a link" in str(found["eve-2"][1])
    assert "It holds more than" in str(found["bo-3"][1])
    assert "more than 500 files" in str(found["cy-4"][1])


def test_the_cap_of_the_whole_download_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "MAX_DOWNLOAD", 50_000)
    (tmp_path / "class.zip").write_bytes(zipped({f"s{n}/zeros": b"\0" * 20_000 for n in range(9)}))
    with pytest.raises(ClassError, match="Unpack it yourself"):
        read(tmp_path / "class.zip")


def test_a_size_that_lies_unpacks_no_more_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(raw([b"anna_1_2_main.py", b"bob_3_4_main.py"], b"#" * 5_000, size=9))
    with open_download(tmp_path / "class.zip") as download:
        assert all("could not be taken out of the zip" in (item.problem or "") for item in download.items)
        assert sum(path.stat().st_size for path in download.place.rglob("*") if path.is_file()) <= 18


@posix
def test_links_in_an_unpacked_download_are_refused(tmp_path: Path) -> None:
    secret = fill(tmp_path / "teacher", {"main.py": b"app = 'secret'\n"})
    place = fill(tmp_path / "class", {"anna_1_1_main.py": PROGRAM, "bob_2_4_notes.txt": b"x", "c_3_5_main.py": PROGRAM})
    (place / "eve").symlink_to(secret)
    (place / "bob_2_2_main.py").symlink_to(secret / "main.py")
    found = read(place, "canvas")[1]
    problems = [graded for _, graded in found.values() if isinstance(graded, str)]
    assert ["is a link" in problem for problem in problems] == [True, False]
    assert not any("secret" in str(graded) for _, graded in found.values())
