"""The intake of folders and single files: what is refused, and in which words."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.collection import MAX_DEPTH, MAX_FILE, MAX_FILES, MAX_PATH, MAX_TOTAL
from grading.tests.handed_in import PROGRAM, fill, given, posix, private, refusal, taken

__all__ = ["given", "private"]  # fixtures


not_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="root may read everything; see the simulated test"
)


def test_nothing_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nope", tmp_path / "nope" / "main.py", Path("a\0b")):
        assert refusal(path).reason == "not_found"


@pytest.mark.parametrize("files", [{}, {".DS_Store": b"", "__pycache__/main.pyc": b""}])
def test_empty_folder(given: Path, files: dict[str, bytes]) -> None:
    error = refusal(fill(given, files))
    assert error.reason == "no_main"
    assert "no files" in str(error)


def test_no_main_says_what_was_found(given: Path) -> None:
    error = refusal(fill(given, dict.fromkeys(["app.py", "Main.py.txt", "c", "d", "e", "f", "g"], b"")))
    assert error.reason == "no_main"
    assert "'Main.py.txt', 'app.py'" in str(error)
    assert "and 2 more" in str(error)


def test_folder_called_main_py_is_not_a_program(given: Path) -> None:
    assert refusal(fill(given, {"main.py/a.py": b""})).reason == "no_main"


def test_two_programs(given: Path) -> None:
    error = refusal(fill(given, {"a/main.py": PROGRAM, "b/main.py": PROGRAM}))
    assert error.reason == "several_main"
    assert "'a/main.py', 'b/main.py'" in str(error)


@pytest.mark.parametrize("name", ["hw.rar", "hw.7z", "hw.tar.gz", "hw.ipynb", "main.py.txt", "main"])
def test_neither_folder_nor_python_nor_zip(given: Path, name: str) -> None:
    fill(given, {name: b"Rar!\x1a\x07\x01\x00 and more"})
    error = refusal(given / name)
    assert error.reason == "bad_archive"
    assert "Send a .zip or a folder." in str(error)


@posix
@pytest.mark.parametrize("name", ["main.py", "data.txt", "parts"])
def test_link_out_of_the_folder(given: Path, tmp_path: Path, name: str) -> None:
    secret = fill(tmp_path / "teacher", {"main.py": PROGRAM, "a.py": b"secret"})
    if name != "main.py":
        fill(given, {"main.py": PROGRAM})
    (given / name).symlink_to(secret if name == "parts" else secret / "a.py")
    error = refusal(given)
    assert error.reason == "unsafe_archive"
    assert f"'{name}' is a link" in str(error)


@posix
@pytest.mark.parametrize("name", ["solution", "solution.py", "solution.zip", "dangling.py"])
def test_submission_that_is_itself_a_link(tmp_path: Path, name: str) -> None:
    target = tmp_path / "teacher" / ("main.py" if name == "solution.py" else "")
    fill(tmp_path / "teacher", {"main.py": PROGRAM})
    (tmp_path / name).symlink_to(tmp_path / "nowhere" if name == "dangling.py" else target)
    assert refusal(tmp_path / name).reason == "unsafe_archive"


@posix
def test_link_that_appears_after_the_check(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(given, {"target": PROGRAM})
    (given / "main.py").symlink_to(given / "target")
    monkeypatch.setattr("grading.submission._refuse_special", lambda status, name: None)
    assert refusal(given / "main.py").reason == "unreadable"


@posix
def test_hard_link(given: Path, tmp_path: Path) -> None:
    secret = fill(tmp_path / "teacher", {"marks.txt": b"secret"})
    fill(given, {"main.py": PROGRAM})
    (given / "data.txt").hardlink_to(secret / "marks.txt")
    assert "'data.txt' is a hard link" in str(refusal(given))


@posix
@pytest.mark.parametrize("name", ["main.py", "pipe"])
def test_pipe_is_refused_without_waiting_for_its_other_end(given: Path, name: str) -> None:
    if name == "pipe":
        fill(given, {"main.py": PROGRAM})
    os.mkfifo(given / name)
    assert refusal(given).reason == "unsafe_archive"
    assert refusal(given / name).reason == "unsafe_archive"


@posix
def test_socket_and_device(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fill(given, {"main.py": PROGRAM}))  # a socket's whole path may not be long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("talk")
        assert refusal(given).reason == "unsafe_archive"
    assert refusal(Path("/dev/zero")).reason == "unsafe_archive"


@posix
@pytest.mark.parametrize(
    "name", ["a\\b.py", "a\nb.py", "a\x1b[2Jb.py", "C:evil.py", "NUL.txt", "com1", "...", os.fsdecode(b"\xff.py")]
)
def test_name_that_another_system_takes_for_something_else(given: Path, name: str) -> None:
    try:
        fill(given, {"main.py": PROGRAM, name: b""})
    except OSError:
        pytest.skip("this file system refuses the name itself")
    error = refusal(given)
    assert error.reason == "unsafe_archive"
    assert str(error).isprintable()


@posix
@pytest.mark.parametrize(
    ("one", "other"), [("main.py", "Main.py"), ("a/x", "A/y"), ("pr\u00eat", "pre\u0302t"), ("a.", "a")]
)
def test_names_that_are_one_on_other_systems(given: Path, one: str, other: str) -> None:
    fill(given, {"main.py": PROGRAM, one: PROGRAM})
    if (given / other.split("/")[0]).exists():
        pytest.skip("they are one on this file system too")
    assert refusal(fill(given, {other: PROGRAM})).reason == "unsafe_archive"


def test_screenshot_of_a_mac_is_fine(given: Path) -> None:
    files = {"main.py": PROGRAM, "Screenshot 2026-01-02 at 3.04.05\u202fPM.png": b"", "notes. ": b""}
    if os.name == "nt":
        del files["notes. "]
    assert taken(fill(given, files)) == files


@pytest.mark.parametrize(
    "files",
    [
        {"big.bin": b"\0" * (MAX_FILE + 1)},
        {f"{n}.bin": b"\0" * MAX_FILE for n in range(MAX_TOTAL // MAX_FILE)},
        {f"{n}.txt": b"" for n in range(MAX_FILES)},
        {"/".join("d" * MAX_DEPTH) + "/f": b""},
        {f"{'d' * (MAX_PATH // 2)}/{'f' * (MAX_PATH // 2)}": b""},
    ],
    ids=["one file", "all files", "number", "depth", "length of a path"],
)
def test_larger_than_a_program_is(given: Path, files: dict[str, bytes]) -> None:
    assert refusal(fill(given, {"main.py": PROGRAM} | files)).reason == "too_large"


def test_as_large_as_allowed(given: Path) -> None:
    files = {f"{n}.bin": b"\0" * MAX_FILE for n in range(MAX_TOTAL // MAX_FILE - 1)}
    files |= {"/".join("d" * (MAX_DEPTH - 1)) + "/f": b"", "main.py": PROGRAM}
    files |= {f"{n}.txt": b"" for n in range(MAX_FILES - len(files) - (MAX_DEPTH - 1))}
    assert taken(fill(given, files)) == files


@not_root
@pytest.mark.parametrize("name", ["main.py", "parts", ""])
def test_no_permission(given: Path, name: str) -> None:
    fill(given, {"main.py": PROGRAM, "parts/a.py": b""})
    mode = stat.S_IMODE((given / name).stat().st_mode)
    (given / name).chmod(0)
    try:
        error = refusal(given)
    finally:
        (given / name).chmod(mode)
    assert error.reason == "no_permission"
    assert f"'{name or 'given'}'" in str(error)


@pytest.mark.parametrize("call", ["lstat", "scandir", "open"])
def test_no_permission_simulated(given: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    fill(given, {"main.py": PROGRAM})
    real: Callable[..., object] = getattr(os, call)

    def denied(path: object, *rest: object, **more: object) -> object:
        if str(path).startswith(str(given)):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, denied)
        error = refusal(given)
    assert error.reason == "no_permission"
    assert "No permission to read" in str(error)
