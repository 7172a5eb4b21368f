"""The commands `grade progress` and `grade submit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grading import KIT
from grading.cli import cli
from grading.commands.console import FolderArgument, give_up, own_folder, say


@cli.command()
def progress(folder: FolderArgument = Path("starter")) -> None:
    """Show which steps are done, since when, and which hints you read."""
    from grading.checking.progress import named, progress_file, progress_rows, read_progress, record_look, since, when

    place = own_folder(folder)
    kept, damaged = read_progress(place)
    if damaged:
        say(damaged)
    if kept.checked is None:
        say(f"Nothing has been checked in {folder} yet. Start with: grade check")
        return
    table = Table(title=f"Your progress in {escape(str(folder))}", title_justify="left", box=None, pad_edge=False)
    table.add_column("Step", justify="right")
    for heading in ("", "State", "First done", "Hints"):
        table.add_column(heading)
    for cells in progress_rows(kept):
        table.add_row(*map(escape, cells))
    Console(highlight=False).print(table)
    new = since(kept)
    ago = f"Since you last looked ({when(kept.looked)})" if kept.looked else "So far"
    say(f"Last check: {when(kept.checked)}. {ago}: {f'{named(new)} done' if new else 'no new step'}.")
    say(f"This stays on your computer; it is never sent and never marked: {progress_file(place)}")
    record_look(place, kept)


@cli.command()
def submit(
    folder: FolderArgument = Path("starter"),
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The zip.", show_default="answer.zip")] = None,
) -> None:
    """Make the zip to hand in, and list what is in it and what is not."""
    from grading.checking.submit import SubmitError
    from grading.checking.submit import submit as pack

    place = own_folder(folder)
    target = out or (KIT if place.resolve().is_relative_to(KIT) else Path.cwd()) / "answer.zip"
    try:
        handed = pack(place, target)
    except SubmitError as problem:
        give_up(str(problem))
    say(f"Made {target}. Hand in this file.", "", "In it:")
    say(*(f"  {name} ({size:,} bytes)" for name, size in handed.taken.items()))
    if handed.left:
        say("", "Not in it, because tools made it or it may contain keys:", *(f"  {name}" for name in handed.left))
    if "test_main.py" not in handed.taken:
        say("", "There is no test_main.py in it, so step 9 (your own tests) gets no marks.")
    say("", f"Its files have the hash {handed.sha256}. To see its marks: grade run {target}")
