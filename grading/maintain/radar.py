"""Upstream radar: do the tests pass with the newest packages, whatever the lock and our own upper bounds say?

`python -m grading.maintain.radar` installs the kit in a new virtual environment with the newest versions of NEWEST and
whatever those allow, runs pytest, and prints the versions, what failed, and which provider's failures end otherwise.
Arguments go to pytest, as in `python -m grading.maintain.radar tests -x`. Exits with pytest's exit code; 3 if nothing
could be installed.
"""

from __future__ import annotations

import subprocess
import sys

from grading import KIT
from grading.maintain.fresh_venv import NotInstalledError, fresh_venv

# Overrides take the place of what pyproject.toml asks for, and of what LiteLLM asks of them.
NEWEST = ("litellm", "openai", "fastapi", "starlette", "pytest", "respx")
TESTING = 40 * 60  # seconds
PLAYING = 5 * 60


def main(arguments: list[str]) -> int:
    """Install, test, report. Returns the exit code."""
    print(f"Installing the newest {', '.join(NEWEST)} ...", flush=True)
    try:
        with fresh_venv(sys.executable) as venv:
            overrides = venv.folder / "overrides.txt"
            overrides.write_text("\n".join(NEWEST))
            # Editable, because the tests need the files beside the package: suite, solution and starter.
            venv.install("--override", str(overrides), "--upgrade", "--editable", str(KIT))
            return _tested(venv.python, arguments)
    except NotInstalledError as problem:
        print(f"Not tested: the newest versions do not install together ({problem}).")
        return 3


def _tested(python: str, arguments: list[str]) -> int:
    """Run the tests with this Python, and print what is to know. Returns pytest's exit code."""
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
