"""The commands `grade check`, `watch`, `hint` and `notebooks`: a student at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from grading.cli import cli, watched
from grading.commands.console import (
    FolderArgument,
    JsonOption,
    StepOption,
    give_up,
    known_step,
    number,
    own_folder,
    say,
    write_json,
)
from grading.results.handed_out import edited_sentence
from grading.results.misconceptions import nearest
from grading.results.steps import marks_own_tests
from grading.results.steps import step as step_of
from grading.results.terminal import show_all, show_next, show_result, show_unread


@cli.command()
def check(
    folder: FolderArgument = Path("starter"),
    step: StepOption = None,
    json_file: JsonOption = None,
    trace: Annotated[bool, typer.Option("--trace", help="Show your lines that led to an exception.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show the message of every test that failed.")] = False,
) -> None:
    """Check your own program: what works, and what to do next."""
    from grading.checking.address import blocked
    from grading.checking.check import warm_check
    from grading.checking.checked_file import checked_file
    from grading.checking.progress import record_check

    row = None if step is None else known_step(step)
    console = Console(highlight=False)
    own_tests = row is not None and row.judged == "own-tests"
    if row is not None and own_tests and not marks_own_tests():
        say(
            f"Step {row.number} is about your own tests. Run them: grade test",
            "Which bugs in your own program do they catch? grade test --bugs",
            "Your marks for them depend on other programs, which only your instructor has.",
        )
        raise typer.Exit(0)
    with watched(console) as on_test:
        result = warm_check(own_folder(folder), step=step, on_test=on_test, trace=trace)
    if slow := blocked():
        say(slow)
    write_json(json_file, result)
    read = checked_file(own_folder(folder))
    if not result.graded:
        show_unread(console, result, f"Your program in {folder}")
        say(f"\nRead: {read.sentence}")
        raise typer.Exit(3)
    show_result(console, result, f"Your program in {folder}")
    (show_all if every else show_next)(console, result, None if own_tests else nearest(result))
    say(f"\nRead: {read.sentence}", *filter(None, [edited_sentence()]))
    say(*(f"\n{sentence}" for sentence in record_check(own_folder(folder), result)))
    if own_tests:
        from grading.judging.student_tests.scoring import unnoticed  # late: it imports much

        if bugs := unnoticed(result.tests):
            say(f"\nNot noticed by your tests: {len(bugs)} bugs. A program that", *(f"- {bug}" for bug in bugs))
    done = all(test.status == "passed" for test in result.tests if step_of(test.step).core or step is not None)
    raise typer.Exit(0 if done else 1)


@cli.command()
def watch(
    folder: FolderArgument = Path("starter"),
    plain: Annotated[bool, typer.Option("--plain", help="Only append lines: for screen readers and logs.")] = False,
) -> None:
    """Check your program each time you save it. Keys show hints and more."""
    from grading.checking.address import blocked
    from grading.checking.watch import watch as watch_folder

    if slow := blocked():
        say(slow)
    watch_folder(own_folder(folder), Console(highlight=False), plain=plain)


@cli.command()
def hint(
    step: Annotated[
        int | None, typer.Argument(parser=number, help="The number of the step; by default, your next one.")
    ] = None,
    level: Annotated[int, typer.Argument(parser=number, help="1 is a nudge; 3 almost gives the answer.")] = 1,
) -> None:
    """Show a hint for a step."""
    from grading.checking.progress import next_step, record_hint

    row = next_step(own_folder(Path("starter"))) if step is None else known_step(step)
    step = row.number
    if not 1 <= level <= len(row.hints):
        give_up(f"Step {step} has the hints 1 to {len(row.hints)}.")
    console = Console(highlight=False)
    console.print(f"[bold]Step {row.number}, {escape(row.title)}: hint {level} of {len(row.hints)}[/]")
    console.print(escape(row.hints[level - 1]), soft_wrap=True)
    record_hint(own_folder(Path("starter")), step, level)
    if level < len(row.hints):
        console.print(f"\nNext hint: [bold]grade hint {step} {level + 1}[/]")


@cli.command()
def notebooks(
    browser: Annotated[bool, typer.Option(help="Open a browser, or only print the address.")] = True,
) -> None:
    """Open your copies of the notebooks, which explain each step, in JupyterLab."""
    from grading.notebooks.lab import open_lab

    raise typer.Exit(open_lab(browser))
