"""The commands `grade export`, `grade bundle` and `grade release`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from grading.atomic_file import write_file
from grading.cli import cli
from grading.commands.console import FOR_INSTRUCTORS, give_up, say
from grading.exports.release import Files, write_files
from grading.results.starter import NoSolution

bundle = typer.Typer(help="Make an autograder for Gradescope, Classroom 50 or GitHub Actions.", no_args_is_help=True)
cli.add_typer(bundle, name="bundle", rich_help_panel=FOR_INSTRUCTORS)
OutFolder = Annotated[Path, typer.Option(metavar="DIR", help="A new folder to write to.")]


@bundle.command()
def gradescope(
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="The zip to write.")],
    extra_tests: Annotated[Path | None, typer.Option(metavar="DIR", help="Your own tests, hidden or not.")] = None,
) -> None:
    """Make the zip that you upload to Gradescope as the autograder."""
    from grading.exports.bundle_gradescope import TOLD, gradescope_bundle

    with problems_said(out):
        write_file(out, gradescope_bundle(extra_tests))
    say(f"Wrote {out}.", *TOLD)


@bundle.command()
def classroom50(out: OutFolder) -> None:
    """Make the autograder of an assignment in Classroom 50: a self-check for students."""
    from grading.exports.bundle_classroom50 import TOLD, classroom50_bundle

    write_folder(out, classroom50_bundle, TOLD)


@bundle.command()
def github(out: OutFolder) -> None:
    """Make a template repository whose GitHub Actions grade each push: a self-check, without any classroom."""
    from grading.exports.bundle_github import TOLD, github_bundle

    write_folder(out, github_bundle, TOLD)


@cli.command(rich_help_panel=FOR_INSTRUCTORS)
def release(out: OutFolder) -> None:
    """Make the folder that students receive: no solution, no hidden tests."""
    from grading.exports.release import release_files

    write_folder(out, release_files, ["It works by itself: zip it, or push it. starter/README.md says how to begin."])


@cli.command(rich_help_panel=FOR_INSTRUCTORS)
def export(
    folder: Annotated[Path, typer.Argument(help="The folder that grade class wrote.")],
    canvas: Annotated[Path | None, typer.Option(metavar="CSV", help="Your gradebook, exported from Canvas.")] = None,
    canvas_column: Annotated[str | None, typer.Option(metavar="TITLE", help="Its column, by title or id.")] = None,
    moodle: Annotated[Path | None, typer.Option(metavar="CSV", help="Moodle's offline grading worksheet.")] = None,
    moodle_grade_column: Annotated[str | None, typer.Option(metavar="TITLE", help="Its column for grades.")] = None,
    brightspace: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Your grades, exported from Brightspace.")
    ] = None,
    brightspace_column: Annotated[str | None, typer.Option(metavar="TITLE", help="Its grade item.")] = None,
    blackboard: Annotated[Path | None, typer.Option(metavar="CSV", help="Your gradebook, from Blackboard.")] = None,
    blackboard_column: Annotated[str | None, typer.Option(metavar="TITLE", help="Its item, by title or id.")] = None,
    bonus: Annotated[
        str, typer.Option(metavar="HOW", help="add, cap (at the maximum) or separate (left out).")
    ] = "add",
    bonus_column: Annotated[
        str | None, typer.Option(metavar="TITLE", help="With --bonus separate: its column, by title or id.")
    ] = None,
    late_by_lms: Annotated[
        bool, typer.Option("--late-by-lms", help="Take nothing off for lateness: the LMS does.")
    ] = False,
    scale: Annotated[bool, typer.Option("--scale", help="Multiply marks where the LMS has other points.")] = False,
    feedback: Annotated[
        list[str] | None, typer.Option(metavar="WAY", help="Pages to give back: moodle, canvas, brightspace or mail.")
    ] = None,
    each: Annotated[list[str] | None, typer.Option(metavar="FORMAT", help="A file each: gradescope or junit.")] = None,
) -> None:
    """Write the marks and the feedback of a class for an LMS's gradebook and others, into the same folder."""
    from grading.exports.class_exports import EACH, FEEDBACK, ClassFolder, fill_gradebook, write_each, write_feedback
    from grading.exports.holds import BONUS, Holds

    if unknown := set(each or ()) - set(EACH):
        give_up(f"There is no format {unknown.pop()} for --each. The formats are {', '.join(EACH)}.")
    if unknown := set(feedback or ()) - set(FEEDBACK):
        give_up(f"There is no way {unknown.pop()} for --feedback. The ways are {', '.join(FEEDBACK)}.")
    if bonus not in BONUS:
        give_up(f"There is no way {bonus} for --bonus. The ways are {', '.join(BONUS)}.")
    if bonus_column is not None and bonus != "separate":
        give_up("--bonus-column is for a bonus of its own: say --bonus separate, too.")
    books = {
        "canvas": (canvas, canvas_column),
        "moodle": (moodle, moodle_grade_column),
        "brightspace": (brightspace, brightspace_column),
        "blackboard": (blackboard, blackboard_column),
    }
    if not (any(source for source, _ in books.values()) or each or feedback):
        give_up(f"Say what to write: {', '.join(f'--{lms} FILE' for lms in books)}, --feedback WAY or --each FORMAT.")
    with problems_said(folder):
        marks, holds = ClassFolder(folder), Holds(bonus, late_by_lms)
        for lms, (source, column) in books.items():
            if source:
                say(*fill_gradebook(lms, source, column, marks, folder, scale, holds, bonus_column))
        for way in feedback or ():
            say(*write_feedback(way, marks, folder))
        for name in each or ():
            say(write_each(name, marks, folder))


def write_folder(out: Path, make: Callable[[], Files], told: Iterable[str]) -> None:
    """Write the files that `make` returns, or end the command with a sentence."""
    with problems_said(out):
        files = make()
        write_files(files, out)
    say(f"Wrote {len(files)} files to {out}.", *told)


@contextmanager
def problems_said(place: Path) -> Iterator[None]:
    """Turn errors of making, reading and writing files into a sentence that ends the command."""
    try:
        yield
    except (ValueError, NoSolution) as problem:
        give_up(str(problem))
    except OSError as problem:
        give_up(f"{problem.filename or place}: {problem.strerror}.")
