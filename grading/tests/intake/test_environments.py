"""A Python environment is left out whatever its name: of a folder, a zip and a tar."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from grading.intake.submission import digest, read_submission
from grading.maintain.class_works import zipped
from grading.tests.intake.handed_in import fill

PROGRAM = b"app = 1\n"


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


def environment(root: str, sign: str = "pyvenv.cfg") -> dict[str, bytes]:
    modules = {f"{root}lib/python3.12/site-packages/m{n}/main.py": b"" for n in range(600)}
    return {**modules, f"{root}{sign}": b"home = /usr/bin\n", f"{root}bin/activate": b""}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
@pytest.mark.parametrize("root", ["myenv/", "", "hw/Umgebung/"])
@pytest.mark.parametrize("sign", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_of_any_name_is_left_out(tmp_path: Path, kind: str, root: str, sign: str) -> None:
    top = root.partition("/")[0] + "/" if root.count("/") > 1 else ""
    files = {**environment(root, sign), f"{top}main.py": PROGRAM, f"{top}test_main.py": b"x = 1\n"}
    path = tmp_path / f"hw.{'tar.gz' if kind == 'tar' else kind}"
    if kind == "folder":
        fill(path, files)
    else:
        path.write_bytes(zipped(files) if kind == "zip" else tarred(files))
    found = read_submission(path)
    assert found == {"main.py": PROGRAM, "test_main.py": b"x = 1\n"}
    assert digest(found) == digest(read_submission(fill(tmp_path / "plain", found)))


def test_a_folder_called_lib_or_bin_is_a_students_where_there_is_no_environment(tmp_path: Path) -> None:
    files = {"main.py": PROGRAM, "lib/a.py": b"", "bin/b.py": b"", "share/pyvenv.txt": b""}
    assert read_submission(fill(tmp_path / "hw", files)) == files
