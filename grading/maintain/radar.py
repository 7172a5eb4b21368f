"""Upstream radar: do the tests pass with the newest packages, whatever the lock and our own upper bounds say?

`python -m grading.maintain.radar` installs the kit in a new virtual environment with the newest versions of NEWEST and
whatever those allow, runs pytest, and prints the versions, what failed, and which provider's failures end otherwise.
Arguments go to pytest, as in `python -m grading.maintain.radar tests -x`. Exits with pytest's exit code; 3 if nothing
could be installed.

uv installs, because pip downloads one wheel after another to find out which newest versions fit together (23 wheels of
LiteLLM, 855 MB, on a day when its newest asked for a certificate bundle that the index did not have yet).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from grading import KIT

# Overrides take the place of what pyproject.toml asks for, and of what LiteLLM asks of them.
NEWEST = ("litellm", "openai", "fastapi", "starlette", "pytest", "respx")
INSTALLING = 15 * 60  # seconds
TESTING = 40 * 60
PLAYING = 5 * 60


def main(arguments: list[str]) -> int:
    """Install, test, report. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="radar-", ignore_cleanup_errors=True) as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "Scripts" if os.name == "nt" else "bin", "python"))
        overrides = Path(folder, "overrides.txt")
        overrides.write_text("\n".join(NEWEST))
        # Editable, because the tests need the files beside the package: suite, solution and starter.
        kit = ["--override", str(overrides), "--upgrade", "--editable", str(KIT)]
        print(f"Installing the newest {', '.join(NEWEST)} ...", flush=True)
        try:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True, timeout=INSTALLING)
            install = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
            subprocess.run([*install, *kit], check=True, timeout=INSTALLING)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
            print(f"Not tested: the newest versions do not install together ({problem}).")
            return 3
        print(_versions(python), flush=True)
        command = [python, "-m", "pytest", "--tb=line", "-q", "-p", "no:cacheprovider", *arguments]
        try:
            code = subprocess.run(command, cwd=KIT, timeout=TESTING).returncode
        except subprocess.TimeoutExpired:
            print(f"The tests did not end within {TESTING // 60} minutes.")
            code = 1
        # Once more where the log ends, which is what people look at first.
        print(_versions(python))
        print(_changed_failures(python))
        print("All that ran passed." if code == 0 else f"Something failed (pytest's exit code is {code}); see above.")
        return code


def _versions(python: str) -> str:
    program = "from grading.results.result import installed_versions as v; print(', '.join(map(' '.join, v().items())))"
    return subprocess.run([python, "-c", program], cwd=KIT, capture_output=True, text=True).stdout.strip()


def _changed_failures(python: str) -> str:
    command = [python, "-m", "grading.maintain.providers", "--changes"]
    try:
        ended = subprocess.run(command, cwd=KIT, capture_output=True, text=True, timeout=PLAYING)
    except subprocess.TimeoutExpired:
        return f"The providers' failures were not played within {PLAYING // 60} minutes."
    if ended.stdout.strip():
        return f"The providers' failures (notebooks/providers.md):\n{ended.stdout.strip()}"
    return f"The providers' failures could not be played: {ended.stderr.strip()[-1000:]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
