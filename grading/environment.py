"""Make the kit's own virtual environment, .venv, from the lock file: `python3 -m grading setup`.

Runs on a bare Python, so it needs the standard library only, and its syntax suits older Pythons than
the kit does: they get a sentence instead of a SyntaxError.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from grading import KIT

OLDEST = (3, 11)
VENV = KIT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
ACTIVATE = r".venv\Scripts\activate" if os.name == "nt" else "source .venv/bin/activate"


class SetupFailed(Exception):
    """The environment could not be made; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """Run `setup` with these arguments. Returns the exit code: 0, or 2 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python3 -m grading setup", description="Install what the kit needs.")
    parser.add_argument("--dev", action="store_true", help="also install what contributors need: ruff, mypy")
    options = parser.parse_args(arguments)
    try:
        set_up(KIT / ("requirements-dev.lock" if options.dev else "requirements.lock"))
    except SetupFailed as problem:
        print(f"Set-up failed. {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same line again to go on.", file=sys.stderr)
        return 130
    return 0


def set_up(lock: Path) -> None:
    """Create .venv if need be and install what `lock` lists, hashes checked. Raises SetupFailed."""
    if sys.version_info < OLDEST:
        raise SetupFailed(
            f"This kit needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and this is {sys.version.split()[0]}. "
            "Install a newer one from python.org, and start this line with its name (for example python3.12)."
        )
    python = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
    stamp, wanted = VENV / "installed-lock.txt", _fingerprint(lock)
    if python.exists() and stamp.is_file() and wanted in stamp.read_text().split():
        print(f"Ready: .venv has what {lock.name} lists.")
        return
    if not _has_pip(python):
        print("Making the virtual environment .venv ...")
        # Cleared: one that was interrupted, or that Debian made without its package python3-venv, has no pip.
        command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        made = subprocess.run(command, capture_output=True, text=True, errors="replace")
        said = (made.stdout + made.stderr).strip().splitlines()
        if made.returncode:
            raise SetupFailed(
                f"Python could not make a virtual environment: {(said or ['no reason given'])[-1]}\n"
                "On Debian or Ubuntu, `sudo apt install python3-venv` brings the missing part."
            )
    count = sum(line[:1].isalnum() for line in lock.read_text().splitlines())
    print(f"Installing up to {count} packages. The first time, that is some 200 MB and a few minutes.")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    _run_pip([*pip, "--require-hashes", "-r", str(lock)], count)
    # Without build isolation nothing is downloaded that the lock does not list.
    _run_pip([*pip, "--no-deps", "--no-build-isolation", "-e", str(KIT)], 1)
    # The contributors' lock has all that the other one lists.
    stamp.write_text(f"{wanted}\n{_fingerprint(KIT / 'requirements.lock')}\n")
    print(f"Ready. Once in each new terminal: {ACTIVATE}\nThen: grade check, grade serve, grade --help")


def _has_pip(python: Path) -> bool:
    try:
        return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:  # there is none, or it is another system's
        return False


def _run_pip(command: list[str], count: int) -> None:
    """Run pip and show how far it is. Raises SetupFailed with pip's own error lines."""
    output: list[str] = []
    done = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            output = [*output[-200:], line.rstrip()]
            if line.startswith("Collecting ") and sys.stdout.isatty():
                done += 1
                print(f"\r  {done} of up to {count}: {line.split()[1][:40]:<40}", end="", flush=True)
    if done:
        print("\r" + " " * 70, end="\r")
    if pip.returncode:
        errors = [line for line in output if line.startswith("ERROR")] or output
        raise SetupFailed(
            "pip could not install everything:\n  " + "\n  ".join(errors[-3:]) + "\n"
            "Is there a connection to the package index, and room on the disk? Then run the same line again."
        )


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
