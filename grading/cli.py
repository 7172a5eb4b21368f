"""The command `grade`: its Typer app, on which `commands` registers all commands, and its start.

Exit codes of all commands:
    0    done; for `check`: every core step that was checked is done
    1    `check`: something is not done yet; `doctor`: something is missing
    2    the command itself cannot work: wrong folder, unknown step, a port in use, …
    3    not graded: nothing is known about the program (the sentence says why)
    130  stopped by Ctrl-C
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import sys
from collections.abc import Callable, Iterator

import typer
from rich.console import Console

from grading.results.result import TestResult
from grading.results.steps import STEPS
from grading.results.steps import step as step_of

cli = typer.Typer(
    help="Check, mark and run an assignment: a POST endpoint with LiteLLM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@contextlib.contextmanager
def watched(console: Console) -> Iterator[Callable[[TestResult], None]]:
    """Show progress on a terminal; yield the callback that takes each result."""
    total = sum(bool(row.tests) for row in STEPS) + 1
    with console.status("Starting: importing LiteLLM takes some seconds …") as status:

        def show(test: TestResult) -> None:
            title = f"step {test.step} of {total}: {step_of(test.step).title}" if test.step else "your own tests"
            status.update(f"Checking {title} …")

        yield show


@functools.cache
def command() -> Callable[..., None]:
    """Build the command line, once; the check daemon does so in advance."""
    return typer.main.get_command(cli)


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Replace signs that an old console lacks: an error handler for `codecs.register_error`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = dict(zip("█░✓✗·─…", "#-+x.-.", strict=True))
    return "".join(plain.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error("plain signs", _in_plain_signs)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="plain signs")  # type: ignore[union-attr]
    try:
        command()(prog_name="grade")
    except SystemExit as end:
        if end.code == 130:  # what typer makes of a Ctrl-C
            print("Stopped.", file=sys.stderr)
        raise
