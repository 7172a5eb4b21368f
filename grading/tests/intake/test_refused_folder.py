"""The intake of folders and single files: what is refused, and in which words."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.intake.collection import MAX_DEPTH, MAX_FILE, MAX_FILES, MAX_PATH, MAX_TOTAL
from grading.maintain.raw_zip import PROGRAM
from grading.tests.intake.handed_in import fill, given, packed, posix, private, refusal, taken

__all__ = ["given", "private"]  # fixtures


def test_nothing_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nope", tmp_path / "nope" / "main.py", Path("a\0b")):
        assert refusal(path).reason == "not_found"


@pytest.mark.parametrize("files", [{}, {".DS_Store": b"", "__pycache__/main.pyc": b""}])
def test_empty_folder_or_zip(given: Path, tmp_path: Path, files: dict[str, bytes]) -> None:
    for path in (fill(given, files), packed(tmp_path / "hw.zip", files)):
        error = refusal(path)
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


def test_a_lone_test_main_is_no_program(given: Path) -> None:
    fill(given, {"test_main.py": b"def test(): pass\n"})
    for path in (given / "test_main.py", given):
        error = refusal(path)
        assert error.reason == "no_main"
        assert str(error) == "There is no main.py. Found: 'test_main.py'. Send main.py, too."


@pytest.mark.parametrize("name", ["hw.rar", "hw.7z", "hw.tar.xz", "main.py.txt", "main"])
def test_neither_folder_nor_python_nor_zip(given: Path, name: str) -> None:
    fill(given, {name: b"Rar!\x1a\x07\x01\x00 and more"})
    error = refusal(given / name)
    assert error.reason == "bad_archive"
    assert "Send main.py, or a zip of your folder." in str(error)


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
    monkeypatch.setattr("grading.intake.submission._refuse_special", lambda status, name: None)
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
@pytest.mark.parametrize("names", [["a\\b.py"], ["a\x1b[2Jb.py"], ["NUL.txt"], ["..."], ["\udcff.py"], ["a/x", "A/y"]])
def test_names_are_those_that_a_zip_may_have(given: Path, names: list[str]) -> None:
    """All that is refused stands in test_hostile_zip."""
    try:
        fill(given, {"main.py": PROGRAM, **dict.fromkeys(names, b"")})
    except OSError:
        pytest.skip("this file system refuses the name itself")
    if (given / "A" / "x").exists():
        pytest.skip("the names are one on this file system too")
    error = refusal(given)
    assert error.reason == "unsafe_archive"
    assert str(error).isprintable()


def test_screenshot_of_a_mac_is_fine(given: Path) -> None:
    files = {"main.py": PROGRAM, "Screenshot 2026-01-02 at 3.04.05\u202fPM.png": b"", "notes. ": b""}
    if os.name == "nt":
        del files["notes. "]
    assert taken(fill(given, files)) == files


LARGE: dict[str, dict[str, bytes]] = {
    "one file": {"big.bin": b"\0" * (MAX_FILE + 1)},
    "all files": {f"{n}.bin": b"\0" * MAX_FILE for n in range(MAX_TOTAL // MAX_FILE)},
    "number": {f"{n}.txt": b"" for n in range(MAX_FILES)},
    "compiled files": {f"{n}.pyc": b"" for n in range(MAX_FILES)},
    "depth": {"/".join("d" * MAX_DEPTH) + "/f": b""},
    "length of a path": {f"{'d' * (MAX_PATH // 2)}/{'f' * (MAX_PATH // 2)}": b""},
}


@pytest.mark.parametrize("files", LARGE.values(), ids=LARGE)
def test_larger_than_a_program_is(given: Path, tmp_path: Path, files: dict[str, bytes]) -> None:
    files = {"main.py": PROGRAM} | files
    for path in (fill(given, files), packed(tmp_path / "hw.zip", files)):
        assert refusal(path).reason == "too_large"


def test_as_large_as_allowed(given: Path) -> None:
    files = {f"{n}.bin": b"\0" * MAX_FILE for n in range(MAX_TOTAL // MAX_FILE - 1)}
    files |= {"/".join("d" * (MAX_DEPTH - 1)) + "/f": b"", "main.py": PROGRAM}
    files |= {f"{n}.txt": b"" for n in range(MAX_FILES - len(files) - (MAX_DEPTH - 1))}
    assert taken(fill(given, files)) == files


@pytest.mark.parametrize("call", ["lstat", "scandir", "open"])
def test_no_permission(given: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Simulated, as root may read everything."""
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
    assert str(error).startswith(("No permission to read 'given'.", "No permission to read 'main.py'."))
