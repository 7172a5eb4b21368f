"""The command `grade run`: mark one submission."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from grading.cli import cli, watched
from grading.commands.console import AssignmentOption, JsonOption, exists, give_up, say, write_json
from grading.results.terminal import show_result


@cli.command()
def run(
    submission: Annotated[Path, typer.Argument(help="A folder, a main.py or a zip file.")],
    json_file: JsonOption = None,
    extra_tests: Annotated[
        Path | None, typer.Option(metavar="FOLDER", exists=True, help="Your own tests, with their own marks.")
    ] = None,
    require_sandbox: Annotated[bool, typer.Option(help="Refuse to grade on a computer that gives no sandbox.")] = False,
    assignment: AssignmentOption = None,
) -> None:
    """Mark one submission, as an instructor: the program runs in a sandbox, where there is one."""
    from grading.judging.grader import Grader, SandboxMissing
    from grading.processes.forkserver import FarmFailed

    console = Console(highlight=False)
    if not exists(submission):
        give_up(f"There is no {submission}. Name a folder, a Python file or a zip file.")
    try:
        with watched(console) as on_test, Grader(1, extra_tests=extra_tests, require_sandbox=require_sandbox) as grader:
            result = grader.grade(submission, on_test=on_test)
    except (SandboxMissing, FarmFailed) as problem:
        give_up(str(problem))
    write_json(json_file, result)
    show_result(console, result, submission.name)
    if result.isolation["mode"] == "process":
        say("No sandbox here: the marks are right, but the program could have done harm (see grade doctor).")
    for test in result.tests:
        if test.status in ("failed", "error"):
            marks = f" ({test.max_score:g} mark{'' if test.max_score == 1 else 's'})" if test.max_score else ""
            console.print(f"\n[bold]{escape(test.id)}[/]{marks}")
            console.print(escape(test.message), soft_wrap=True)
    raise typer.Exit(0 if result.graded else 3)
