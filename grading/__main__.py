"""`python -m grading …` is `grade …`; `python3 -m grading setup` also works before anything is installed."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from grading import ASSIGNMENT_VARIABLE, AssignmentError

NEEDED = ("fastapi", "litellm", "pytest", "respx", "rich", "typer")
"""Packages that this Python has after the set-up, and that no other one has all of by chance."""


def main() -> None:
    """Run the command line, or say that the set-up comes first (exit code 2)."""
    if sys.argv[1:2] == ["setup"]:
        from grading import environment

        sys.exit(environment.main(sys.argv[2:]))
    if sys.argv[1:2] in (["check"], ["test"]):
        from grading.checking.address import run_command

        try:
            code = run_command(sys.argv[1:])
        except KeyboardInterrupt:
            sys.exit(130)
        if code is not None:
            sys.exit(code)
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(f"{missing[0]} is not installed here. {_what_to_do()}", file=sys.stderr)
        sys.exit(2)
    _choose_assignment(sys.argv[1:])
    try:
        from grading.commands import main as command_line
    except AssignmentError as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    command_line()


def _choose_assignment(arguments: list[str]) -> None:
    """Do what the option --assignment says, before anything is imported: the grader reads its tables once."""
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--assignment":
            folder = value if equals else "".join(arguments[position + 1 : position + 2])
            os.environ[ASSIGNMENT_VARIABLE] = os.path.abspath(folder)  # noqa: PTH100


def _what_to_do() -> str:
    from grading.environment import ACTIVATE, VENV

    if not VENV.is_dir():
        return "Set the kit up first: python3 -m grading setup"
    return f"The kit's own Python is not active in this terminal. In the kit's folder: {ACTIVATE}"


if __name__ == "__main__":
    main()
