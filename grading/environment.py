"""Create the kit's virtual environment, .venv, from lock files: `python3 -m grading setup`.

uv installs at least 2.5 times as fast as pip. It is taken from PATH or from the package index; where it can't be had,
or where only pip is set up for the index, pip installs the same.

Runs on a bare Python, so it imports the standard library only, and its syntax suits older Pythons than the kit
does: they get a sentence instead of a SyntaxError.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from grading import KIT

OLDEST = (3, 11)
VENV = KIT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
ACTIVATE = r".venv\Scripts\activate" if os.name == "nt" else "source .venv/bin/activate"
INSTALLED = "installed.txt"
"""In .venv: a line for each lock file that it was made from, its name and its SHA-256."""
_SIZES = {  # MB to download, on Linux; class and frameworks: what the others lack
    "requirements.lock": 162,
    "requirements-dev.lock": 238,
    "requirements-grader.lock": 85,
    "requirements-class.lock": 41,
    "requirements-frameworks.lock": 19,
}


class SetupFailed(Exception):
    """The environment could not be made; `str(error)` says why and what to do."""


def main(arguments: list[str]) -> int:
    """Run `setup` with these arguments. Returns the exit code: 0, or 2 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python3 -m grading setup", description="Install what the kit needs.")
    variant = parser.add_mutually_exclusive_group()
    variant.add_argument("--dev", action="store_true", help="also install what contributors need: ruff, mypy")
    variant.add_argument("--grader-only", action="store_true", help="install no JupyterLab and no model")
    parser.add_argument("--class", dest="with_class", action="store_true", help="add charts and similarity")
    parser.add_argument("--frameworks", action="store_true", help="add Flask, Django, Litestar, Quart, Sanic, Falcon")
    options = parser.parse_args(arguments)
    name = "requirements-dev.lock" if options.dev else "requirements.lock"
    names = ["requirements-grader.lock" if options.grader_only else name]
    if options.with_class and not options.dev:  # the contributors' lock has these packages, too
        names.append("requirements-class.lock")
    if options.frameworks:
        names.append("requirements-frameworks.lock")
    try:
        set_up(names)
    except SetupFailed as problem:
        print(f"Set-up failed. {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to continue.", file=sys.stderr)
        return 130
    return 0


def set_up(locks: Sequence[str]) -> None:
    """Create .venv if need be, and install what the lock files list, by hash. Raises SetupFailed."""
    if sys.version_info < OLDEST:
        raise SetupFailed(
            f"This kit needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and this is {sys.version.split()[0]}. "
            "Install a newer one from python.org, and start this line with its name (for example python3.12)."
        )
    python, stamp = _make_venv(), VENV / INSTALLED
    wanted = [f"{name} {hashlib.sha256((KIT / name).read_bytes()).hexdigest()}" for name in locks]
    if stamp.is_file() and set(wanted) <= set(stamp.read_text().splitlines()):
        _copy_notebooks(python, locks)
        print(f"Ready: .venv has what {' and '.join(locks)} list.")
        return
    print(f"The packages of {' and '.join(locks)}: the first time, some {sum(map(_SIZES.__getitem__, locks))} MB.")
    files = [part for name in locks for part in ("-r", str(KIT / name))]
    with tempfile.TemporaryDirectory(prefix="kit-uv-", ignore_cleanup_errors=True) as scratch:
        for install in _installers(python, scratch):
            try:
                # Each lock lists all that its packages need; what pyproject.toml overrides would only be refused here.
                command = [*install, "--no-deps", "--require-hashes", *files]
                _run("Downloading, installing and compiling the packages", command)
                # Without build isolation nothing is downloaded that the lock does not list.
                _run("Installing the kit", [*install, "--no-deps", "--no-build-isolation", "-e", str(KIT)])
                break
            except SetupFailed as problem:
                print(problem, file=sys.stderr)
        else:
            raise SetupFailed("Is there a connection to the package index, and room on the disk? Then try again.")
    stamp.write_text("\n".join(wanted))
    _copy_notebooks(python, locks)
    print(f"Ready. Once in each new terminal: {ACTIVATE}\nThen: grade check, grade serve, grade --help")


def _copy_notebooks(python: Path, locks: Sequence[str]) -> None:
    """Make a student's own copies of the notebooks, for editors; `grade notebooks` makes them, too."""
    if "requirements.lock" in locks and (KIT / "notebooks").is_dir():
        try:
            _run("Copying the notebooks to my_notebooks", [str(python), "-m", "grading.notebooks.copies"])
        except SetupFailed as problem:
            print(problem, file=sys.stderr)


def _make_venv() -> Path:
    """Return the Python of .venv, which is made anew unless it has a working pip. Raises SetupFailed."""
    python = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
    try:
        works = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:  # there is none, or it is another system's
        works = False
    if not works:
        try:
            _run("Making the virtual environment .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        except SetupFailed as problem:
            may_not_write = re.search(r"Errno (13|30)\]", str(problem))  # EACCES, EROFS
            way_out = (
                f"Nothing may be written into {KIT}: move the kit to a folder of your own, and run this line there."
                if may_not_write
                else "On Debian or Ubuntu, `sudo apt install python3-venv` brings the missing part."
            )
            raise SetupFailed(f"{problem}\n{way_out}") from None
    return python


def _installers(python: Path, scratch: str) -> Iterator[list[str]]:
    """Yield the commands that install into .venv, the best first; uv may be put into `scratch`."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    uv = shutil.which("uv")
    if uv is None:
        lock = ["--require-hashes", "-r", str(KIT / "requirements-uv.lock")]
        try:
            command = [*pip, "--only-binary", ":all:", "--target", scratch, *lock]
            _run("Fetching uv, which installs faster than pip (18 MB)", command)
            uv = shutil.which("uv", path=str(Path(scratch, "bin")))
        except SetupFailed as problem:
            print(problem, file=sys.stderr)
    if uv is not None:
        yield [uv, "pip", "install", "--python", str(python), "--compile-bytecode"]
    yield pip


def _run(task: str, command: list[str]) -> None:
    """Run a command for a task; show its latest line at least every 1.5 s. Raises SetupFailed with its last ones."""
    print(f"{task} ...", flush=True)
    terminal, start = sys.stdout.isatty(), time.monotonic()
    said: collections.deque[str] = collections.deque([""], maxlen=50)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        lines = (line.rstrip() for line in process.stdout if line.strip())
        reader = threading.Thread(target=said.extend, args=(lines,))
        reader.start()
        while reader.is_alive():
            reader.join(0.2 if terminal else 1.5)
            if reader.is_alive():
                status = f"  {time.monotonic() - start:3.0f} s  {said[-1].strip()[:65]:<65}"
                print(f"\r{status}" if terminal else status.rstrip(), end="" if terminal else "\n", flush=True)
    if terminal:
        print(f"\r{' ' * 75}\r", end="", flush=True)
    if process.returncode:
        errors = [line for line in said if line.lower().startswith("error")] or said
        raise SetupFailed(f"{Path(command[0]).stem} failed:\n  " + "\n  ".join(list(errors)[-3:]))
