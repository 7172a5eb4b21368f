"""The command `grade test`: the student's own tests, quickly, and the game that tries them on bugs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from grading.cli import cli
from grading.commands.console import FolderArgument, give_up, own_folder, say
from grading.text import shown

PytestOptions = Annotated[
    list[str] | None, typer.Argument(metavar="[-- PYTEST_OPTIONS]", help="For pytest: grade test -- -k blank -x")
]


@cli.command("test")
def own_tests(
    folder: FolderArgument = Path("starter"),
    options: PytestOptions = None,
    bugs: Annotated[bool, typer.Option("--bugs", help="Show which bugs in your own program they would catch.")] = False,
) -> None:
    """Run your own tests, test_main.py, on your program; with --bugs, try them on broken copies of it."""
    from grading.checking.own_tests import NO_TESTS, has_tests, run_own_tests

    if str(folder).startswith("-"):  # of "grade test -- -x": no folder was named
        folder, options = Path("starter"), [str(folder), *(options or [])]
    place = own_folder(folder)
    if not has_tests(place):
        give_up(f"There is no test_main.py in {folder}. Write your tests into that file: see grade hint 9")
    if bugs:
        _play(place)
        return
    code = run_own_tests(place, options or [])
    if code == NO_TESTS:
        say("There is no test in test_main.py yet: a test is a function whose name starts with test_. See grade hint 9")
    raise typer.Exit(code)


def _play(folder: Path) -> None:
    """Play the mutation game and print what came out."""
    from grading.checking.mutation_game import NotYet, play

    console, count = Console(highlight=False), 0
    with console.status("Checking your program and your tests …") as status:

        def tell(played: object) -> None:
            nonlocal count
            count += 1
            status.update(f"Trying bugs in your program … {count}")

        try:
            played = play(folder, tell)
        except NotYet as problem:
            give_up(str(problem))
    caught = sum(each.caught for each in played)
    console.print(f"[bold]{caught} of {len(played)} bugs caught.[/] Each is a small change of your own program.\n")
    for each in sorted(played, key=lambda each: (each.caught, each.mutant.step)):
        sign = "[green]✓ caught[/]" if each.caught else "[red]✗ missed[/]"
        console.print(f"{sign}  A program that {escape(each.mutant.kind)}", soft_wrap=True)
        if not each.caught:
            where = f"          {each.file}, line {each.mutant.line}: "
            console.print(escape(f"{where}{shown(each.mutant.after, 110)}"), soft_wrap=True, style="dim")
    if caught == len(played):
        console.print("\nYour tests caught every bug that could be tried on your program. Well done!")
    else:
        console.print("\nWrite a test for what was missed, then play again: grade test --bugs")
    console.print("Your marks come from other programs with other bugs, too.", style="dim")
    raise typer.Exit(0 if caught == len(played) else 1)
