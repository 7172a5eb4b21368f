"""Run the tests on other interpreters: `python -m grading.maintain.other_pythons 3.12 3.14 --grader`.

An interpreter is a version (3.12 is the python3.12 on PATH) or a path. Each gets a new virtual environment with what
requirements-dev.lock lists, checked by hash, and this checkout in it. The suite runs on the solution, some two minutes;
with --grader, all tests do, those of the grader and every cell of the notebooks, too, some 20 minutes on two free
processors. What follows `--` goes to pytest instead. Failed tests run a second time, alone, so that the report tells
those that fail each time from those that don't: a test that depends on the machine's pace is to be mended as well.

Prints a line for each interpreter, and exits with 0 if everything passed everywhere the first time, else with 1.

This command itself needs the standard library only, so it also runs where an interpreter is and nothing else: in a
container, or in a Debian of another release.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from grading import KIT
from grading.maintain.fresh_venv import NotInstalledError, Venv, fresh_venv

TESTING = 90 * 60  # seconds for each interpreter
SUITE = ("tests", "--app", "solution")
ALL = ("-n", "logical")


def main(arguments: list[str]) -> int:
    """Try each interpreter in turn. Returns the exit code; exits with 2 if none is named."""
    parser = argparse.ArgumentParser(prog="python -m grading.maintain.other_pythons")
    parser.add_argument("interpreters", nargs="+", metavar="INTERPRETER", help="3.12, python3.12 or a path")
    parser.add_argument("--grader", action="store_true", help="run the grader's own tests and the notebooks, too")
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, chosen = parser.parse_args(arguments[:end]), arguments[end + 1 :]
    tests = chosen or list(ALL if options.grader else SUITE)
    outcomes = {name: outcome(f"python{name}" if name[:1].isdigit() else name, tests) for name in options.interpreters}
    for name, said in outcomes.items():
        print(f"{name}: {said}")
    return int(set(outcomes.values()) != {"passed"})


def outcome(interpreter: str, tests: list[str]) -> str:
    """Install and test with one interpreter. Returns "passed", or what went wrong."""
    try:
        with fresh_venv(interpreter) as venv:
            # As the set-up does it: each lock lists all that its packages need.
            lock = str(KIT / "requirements-dev.lock")
            venv.install("--compile-bytecode", "--no-deps", "--require-hashes", "-r", lock)
            venv.install("--no-deps", "--no-build-isolation", "--editable", str(KIT))
            return _tested(venv, tests)
    except NotInstalledError as problem:
        return f"not tested: {problem}"
    except subprocess.TimeoutExpired:
        return f"the tests did not end within {TESTING // 60} minutes"


def _tested(venv: Venv, tests: list[str]) -> str:
    """Return "passed", or which exit codes pytest had."""
    command = [venv.python, "-m", "pytest", "-q", "-o", f"cache_dir={venv.folder / 'pytest'}", *tests]
    first = subprocess.run(command, cwd=KIT, timeout=TESTING).returncode
    if first != 1:
        return "passed" if first == 0 else f"failed: pytest's exit code is {first} (see above)"
    print("\nOnce more, what failed, one test after the other:", flush=True)
    again = [*command, "--last-failed", "--last-failed-no-failures", "none", "-n", "0"]
    second = subprocess.run(again, cwd=KIT, timeout=TESTING).returncode
    return "failed once, then passed (see above)" if second == 0 else "failed twice (see above)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
