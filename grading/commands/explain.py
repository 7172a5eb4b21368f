"""The command `grade explain`: all that is known about the first open test, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from grading.cli import cli, watched
from grading.commands.console import FolderArgument, StepOption, give_up, known_step, own_folder, say
from grading.results.terminal import ALL_DONE, show_unread
from grading.text import plain


@cli.command()
def explain(
    folder: FolderArgument = Path("starter"),
    step: StepOption = None,
    llm: Annotated[bool, typer.Option("--llm", help="Also ask your LLM_MODEL for a hint: it gets your code.")] = False,
) -> None:
    """Explain what to do next: the failing test, your lines that it is about, and what the notebook says."""
    from grading.checking.ask_for_hint import NoHint, ask_for_hint, chosen_model
    from grading.checking.check import warm_check
    from grading.checking.explain import explain as explain_test

    place, console = own_folder(folder), Console(highlight=False)
    number = None if step is None else known_step(step).number
    with watched(console) as on_test:
        result = warm_check(place, number, on_test=on_test)
    if not result.graded:
        show_unread(console, result, f"Your program in {folder}")
        raise typer.Exit(3)
    found = explain_test(place, result)
    if found is None:
        say(ALL_DONE)
        return
    message = found.message
    console.print(f"[bold]Step {message.step}, {escape(message.title)}: {escape(message.subject)}[/]")
    say(message.objective, "", message.text)
    if message.often:
        say("", message.often)
    if found.lines:
        console.print("\n[bold]Your lines for this step[/]")
        say(*(f"{number:>4}  {line}" for number, line in found.lines))
    if found.section:
        console.print(f"\n[bold]From {escape(found.read)}[/]")
        say(found.section)
    if not llm:
        return
    try:
        model = chosen_model(place)
        say(f"\nAsking {model} for a hint. It gets the message, your lines and the section above, nothing else …")
        hint = ask_for_hint(found, model)
    except NoHint as problem:
        give_up(str(problem))
    console.print("\n[bold]A hint from the model, which may be wrong[/]")
    say(plain(hint))
