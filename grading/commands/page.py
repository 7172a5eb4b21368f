"""The commands `grade ui` and `grade weather`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grading.cli import cli
from grading.commands.console import FolderArgument, give_up, own_folder, say

ModelPort = Annotated[int, typer.Option(help="The port of the model on this computer.")]


@cli.command()
def ui(
    folder: FolderArgument = Path("starter"),
    port: Annotated[int, typer.Option(help="The page's port; 0 takes any free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser, or only print the address.")] = True,
) -> None:
    """Open a page on this computer with your steps, messages and hints, where you can try out your endpoint."""
    from grading.ui.run import serve_page

    place = own_folder(folder)
    raise typer.Exit(serve_page(place if place.is_dir() else place.parent, port=port, browser=browser))


@cli.command()
def weather(
    name: Annotated[str | None, typer.Argument(help="sunny, slow, throttled …; by default, list them all.")] = None,
    times: Annotated[int | None, typer.Option(help="For this many requests; then it is sunny again.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long to wait, for slow.")] = None,
    status: Annotated[int | None, typer.Option(help="The status code, for failing.")] = None,
    part: Annotated[str | None, typer.Option(help="What is empty, for empty: choices, null or text.")] = None,
    like: Annotated[str | None, typer.Option(help="Fail with this provider's wording: groq, mistral …")] = None,
    model_port: ModelPort = 8080,
) -> None:
    """Make the small model behave or fail in some way: grade weather throttled."""
    from grading.laptop.model.weather import ABOUT
    from grading.laptop.weather_client import WeatherError, change_weather, in_words, read_weather

    wanted = {"weather": name, "times": times, "seconds": seconds, "status": status, "part": part, "like": like}
    try:
        if name is not None:
            wanted = {field: value for field, value in wanted.items() if value is not None}
            say(f"The weather is {in_words(change_weather(model_port, wanted))}. Call your app again.")
            return
        say(f"The weather is {in_words(read_weather(model_port))}.", "", "To choose from:")
    except WeatherError as problem:
        give_up(str(problem))
    say(*(f"  {weather:<10} {about}" for weather, about in ABOUT.items()))
