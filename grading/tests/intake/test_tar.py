"""Tar archives, honest and hostile: what is handed in is bounded, whatever the headers say."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from grading.intake import tar as tar_module
from grading.intake.submission import SubmissionError, read_submission
from grading.tests.intake.test_environments import PROGRAM, tarred


def refused(path: Path, data: bytes) -> SubmissionError:
    path.write_bytes(data)
    with pytest.raises(SubmissionError) as caught:
        read_submission(path)
    return caught.value


@pytest.mark.parametrize("name", ["hw.tar.gz", "hw.TGZ", "hw.tar"])
def test_a_tar_is_taken_as_a_zip_is(tmp_path: Path, name: str) -> None:
    mode = "w" if name.endswith(".tar") else "w:gz"
    (tmp_path / name).write_bytes(tarred({"hw/main.py": PROGRAM, "hw/parts/a.py": b"", "hw/.venv/x.py": b""}, mode))
    assert read_submission(tmp_path / name) == {"main.py": PROGRAM, "parts/a.py": b""}


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil.py", "a/../../evil.py", "C:evil.py"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / "hw.tar.gz", tarred({"main.py": PROGRAM, name: b""})).reason == "unsafe_archive"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        entry = tarfile.TarInfo("main.py")
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    assert refused(tmp_path / "hw.tar.gz", data.getvalue()).reason == "unsafe_archive"


def test_a_tar_bomb_costs_no_more_than_its_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_module, "MAX_UNPACKED", 3_000_000)
    data = tarred({".venv/zeros": b"\0" * 30_000_000, "main.py": PROGRAM})
    tracemalloc.start()
    assert refused(tmp_path / "hw.tar.gz", data).reason == "too_large"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8_000_000


def test_a_header_that_claims_to_be_huge_is_not_read_into_memory(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        entry = tarfile.TarInfo("x")
        entry.type, entry.size = tarfile.XHDTYPE, 40_000_000
        archive.addfile(entry, io.BytesIO(b"\0" * entry.size))
    tracemalloc.start()
    assert "unusual way" in str(refused(tmp_path / "hw.tar.gz", data.getvalue()))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize("cut", [10, 60, 100])
def test_a_tar_that_broke_off_is_told(tmp_path: Path, cut: int) -> None:
    data = tarred({"main.py": PROGRAM * 10_000})
    assert "can't be unpacked" in str(refused(tmp_path / "hw.tar.gz", data[: len(data) - cut]))


@pytest.mark.parametrize("data", [b"", b"no tar at all", b"\x1f\x8b", b"BZh91AY", b"\0" * 1024])
def test_what_is_no_tar_is_told(tmp_path: Path, data: bytes) -> None:
    assert refused(tmp_path / "hw.tar.gz", data).reason in ("bad_archive", "no_main")
