"""Run the tests on other interpreters: `python -m grading.maintain.other_pythons python3.12 python3.14 -- tests`.

Each interpreter gets a new virtual environment with what requirements-dev.lock lists, checked by hash, and this
checkout in it. What follows `--` goes to pytest; without it, all tests run, which takes half an hour for each. Prints a
line for each interpreter, and exits with 0 if everything passed everywhere, else with 1.

This command itself needs the standard library only, so it also runs where an interpreter is and nothing else: in a
container, or in a Debian of another release.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from grading import KIT

INSTALLING = 15 * 60  # seconds
TESTING = 90 * 60


def main(arguments: list[str]) -> int:
    """Try each interpreter in turn. Returns the exit code: 2 if none is named."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    interpreters, chosen = arguments[:end], arguments[end + 1 :]
    if not interpreters:
        print("Name the interpreters: python -m grading.maintain.other_pythons python3.12 python3.14", file=sys.stderr)
        return 2
    outcomes = {python: outcome(python, chosen) for python in interpreters}
    for python, said in outcomes.items():
        print(f"{python}: {said}")
    return int(set(outcomes.values()) != {"passed"})


def outcome(python: str, chosen: list[str]) -> str:
    """Install and test with one interpreter. Returns "passed", or what went wrong."""
    with tempfile.TemporaryDirectory(prefix="kit-python-", ignore_cleanup_errors=True) as folder:
        own = str(Path(folder, "Scripts" if os.name == "nt" else "bin", "python"))
        install = [own, "-m", "uv", "pip", "install", "--quiet", "--python", own]
        pip = [own, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(KIT / "requirements-uv.lock")]
        steps = [
            [python, "-m", "venv", folder],
            pip,
            [*install, "--compile-bytecode", "--require-hashes", "-r", str(KIT / "requirements-dev.lock")],
            [*install, "--no-deps", "--no-build-isolation", "--editable", str(KIT)],
        ]
        try:
            for step in steps:
                subprocess.run(step, check=True, timeout=INSTALLING)
        except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
            return f"not tested: {problem}"
        try:
            tests = [own, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]
            code = subprocess.run(tests, cwd=KIT, timeout=TESTING).returncode
        except subprocess.TimeoutExpired:
            return f"the tests did not end within {TESTING // 60} minutes"
        return "passed" if code == 0 else f"failed (pytest's exit code is {code})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
