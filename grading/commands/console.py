"""Share arguments, messages and early exits among the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from grading import KIT
from grading.atomic_file import write_file
from grading.results.result import Result
from grading.results.steps import Step
from grading.results.steps import step as step_of

FOR_INSTRUCTORS = "Commands for instructors"
"""Where `grade --help` lists what students need not look at."""
FolderArgument = Annotated[Path, typer.Argument(help="The folder with main.py.", show_default="starter")]
AssignmentOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Another assignment, see grading/YOUR_OWN_ASSIGNMENT.md.")
]  # `__main__` has done what it says before this is imported
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result to FILE.")]


def number(text: str) -> int:
    """Read a step's or a hint's number, for typer. Raises BadParameter, whose sentence it prints."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no number. grade hint 3 is about step 3.") from None


StepOption = Annotated[int | None, typer.Option("--step", "-s", parser=number, metavar="N", help="Only this step.")]


def own_folder(folder: Path) -> Path:
    """Return the folder to work on; `starter` is the kit's own, whatever the current folder."""
    if folder == Path("starter") and not folder.exists():
        return KIT / "starter"
    if not exists(folder):
        if folder.name.isdigit():
            give_up(f"There is no folder {folder}. To name a step: --step {folder}")
        give_up(f"There is no folder {folder}. Name the folder that holds your main.py, for example: starter")
    return folder


def exists(path: Path) -> bool:
    """Return whether `path` exists; give up if the system won't say."""
    try:
        return path.exists()
    except OSError as problem:
        give_up(f"{path} cannot be read: {problem.strerror}.")


def known_step(number: int) -> Step:
    """Look the step up by its number, or give up."""
    try:
        return step_of(number)
    except KeyError as problem:
        give_up(str(problem.args[0]))


def write_json(file: Path | None, result: Result) -> None:
    """Write the result as JSON, atomically; without a file do nothing."""
    if file is None:
        return
    try:
        write_file(file, json.dumps(result.as_json(), indent=2, ensure_ascii=False) + "\n")
    except OSError as problem:
        give_up(f"The result cannot be written to {file}: {problem.strerror}. Name a file in a folder of yours.")


def say(*sentences: str) -> None:
    """Print sentences to stdout, one a line, and don't wrap them."""
    for sentence in sentences:
        Console(highlight=False).print(escape(sentence), soft_wrap=True)


def give_up(sentence: str) -> NoReturn:
    """Print the sentence to stderr and exit with code 2."""
    Console(stderr=True, highlight=False).print(escape(sentence), soft_wrap=True)
    raise typer.Exit(2)
