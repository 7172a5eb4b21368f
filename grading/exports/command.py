"""The commands `grade bundle` and `grade release`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from grading.atomic_file import write_file
from grading.cli import cli, give_up
from grading.exports.kit_files import Files, write_files
from grading.starter import NoSolution

bundle = typer.Typer(help="Make an autograder for Gradescope or GitHub Classroom.", no_args_is_help=True)
cli.add_typer(bundle, name="bundle")
OutFolder = Annotated[Path, typer.Option(metavar="DIR", help="A new folder to write to.")]


@bundle.command()
def gradescope(
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="The zip to write.")],
    extra_tests: Annotated[Path | None, typer.Option(metavar="DIR", help="Your own tests, hidden or not.")] = None,
) -> None:
    """Make the zip that you upload to Gradescope as the autograder."""
    from grading.exports.bundle_gradescope import TOLD, gradescope_bundle

    try:
        write_file(out, gradescope_bundle(extra_tests))
    except ValueError as problem:
        give_up(str(problem))
    except OSError as problem:
        give_up(f"{out} cannot be written: {problem.strerror}.")
    say(f"Wrote {out}.", *TOLD)


@bundle.command()
def github(out: OutFolder) -> None:
    """Make a template repository for GitHub Classroom, with the workflow that grades it."""
    from grading.exports.bundle_github import TOLD, github_bundle

    write_folder(out, github_bundle, TOLD)


@cli.command()
def release(out: OutFolder) -> None:
    """Make the folder that students receive: no solution, no hidden tests."""
    from grading.exports.release import release_files

    write_folder(out, release_files, ["It works by itself: zip it, or push it. starter/README.md says how to begin."])


def write_folder(out: Path, make: Callable[[], Files], told: Iterable[str]) -> None:
    """Write the files, or end the command with a sentence."""
    try:
        files = make()
        write_files(files, out)
    except NoSolution as problem:
        give_up(str(problem))
    except OSError as problem:
        give_up(f"{out} cannot be written: {problem.strerror}.")
    say(f"Wrote {len(files)} files to {out}.", *told)


def say(*sentences: str) -> None:
    """Print sentences, a line each."""
    for sentence in sentences:
        Console(highlight=False).print(escape(sentence), soft_wrap=True)
