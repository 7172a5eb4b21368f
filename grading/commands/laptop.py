"""The commands `grade serve`, `demo` and `doctor`: the model, the app and this computer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grading.cli import cli
from grading.commands.console import FolderArgument, own_folder


@cli.command()
def serve(
    folder: FolderArgument = Path("starter"),
    port: Annotated[int, typer.Option(help="The port of your app.")] = 8000,
    model_port: Annotated[int, typer.Option(help="The port of the model on this computer.")] = 8080,
    reload: Annotated[bool, typer.Option(help="Start the app again when you save a file.")] = True,
    weather: Annotated[str, typer.Option(help="How the model behaves, for example slow or throttled.")] = "sunny",
) -> None:
    """Start a small model on this computer and your app, and print what to try."""
    from grading.laptop.serve import serve as serve_app

    raise typer.Exit(serve_app(own_folder(folder), port=port, model_port=model_port, reload=reload, weather=weather))


@cli.command()
def demo() -> None:
    """See the kit at work: run the solution, call it, and mark the solution and the starter."""
    from grading.laptop.demo import demo as show_demo

    raise typer.Exit(show_demo(Console(highlight=False)))


@cli.command()
def doctor(
    require_sandbox: Annotated[bool, typer.Option("--require-sandbox", help="Exit with 1 if there is none.")] = False,
) -> None:
    """Check your set-up, say how to fix what is missing, and whether submissions run in a sandbox.

    Exit code 0: nothing is missing; 1: something is.
    """
    from grading.laptop.doctor import doctor as examine

    raise typer.Exit(examine(Console(highlight=False), require_sandbox))
