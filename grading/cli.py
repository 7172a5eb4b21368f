"""The command `grade`.

Exit codes of all its commands:
    0    done; for `check`: every core step that was checked is done
    1    `check`: something is not done yet; `doctor`: something is missing
    2    the command itself cannot work: wrong folder, unknown step, a port in use, …
    3    not graded: nothing can be told about the program (the sentence says why)
    130  stopped by Ctrl-C
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from grading import KIT
from grading.atomic_file import write_file
from grading.results.misconceptions import nearest
from grading.results.result import Result, TestResult
from grading.results.steps import STEPS, Step, marks_own_tests
from grading.results.steps import step as step_of
from grading.results.terminal import show_next, show_result

cli = typer.Typer(
    help="Check, mark and run an assignment: a POST endpoint with LiteLLM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
FolderArgument = Annotated[Path, typer.Argument(help="The folder with main.py.", show_default="starter")]
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result to FILE.")]
ExtraTestsOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", exists=True, help="Your own tests, with their own marks.")
]
AssignmentOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Another assignment, see grading/YOUR_OWN_ASSIGNMENT.md.")
]  # `results.assignment.choose_assignment` has read it before the command line is built
SandboxOption = Annotated[bool, typer.Option(help="Refuse to grade on a computer that gives no sandbox.")]
StepOption = Annotated[int | None, typer.Option("--step", metavar="N", help="Only this step.")]


@cli.command()
def check(
    folder: FolderArgument = Path("starter"),
    step: StepOption = None,
    json_file: JsonOption = None,
    trace: Annotated[bool, typer.Option("--trace", help="Show your lines that led to an exception.")] = False,
) -> None:
    """Check your own program: what works, and what to do next."""
    from grading.checking.check import warm_check
    from grading.checking.progress import record_check

    row = None if step is None else known_step(step)
    console = Console(highlight=False)
    own_tests = row is not None and row.judged == "own-tests"
    if row is not None and own_tests and not marks_own_tests():
        say(
            f"Step {row.number} is about your own tests. Run them: pytest {own_folder(folder)}/test_main.py",
            "They are marked on programs that your instructor has.",
        )
        raise typer.Exit(0)
    with watched(console) as on_test:
        result = warm_check(own_folder(folder), step=step, on_test=on_test, trace=trace)
    write_json(json_file, result)
    show_result(console, result, f"Your program in {folder}")
    if not result.graded:
        raise typer.Exit(3)
    show_next(console, result, None if own_tests else nearest(result))
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
    plain: Annotated[bool, typer.Option("--plain", help="Only add lines: for screen readers and logs.")] = False,
) -> None:
    """Check your program each time you save it. Keys show hints and more."""
    from grading.checking.check import warm_check
    from grading.checking.watch import watch as watch_folder

    watch_folder(own_folder(folder), Console(highlight=False), warm_check, plain=plain)


@cli.command()
def run(
    submission: Annotated[Path, typer.Argument(help="A folder, a main.py or a zip file.")],
    json_file: JsonOption = None,
    extra_tests: ExtraTestsOption = None,
    require_sandbox: SandboxOption = False,
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
            console.print(f"\n[bold]{escape(test.id)}[/] ({test.max_score:g} mark{'' if test.max_score == 1 else 's'})")
            console.print(escape(test.message), soft_wrap=True)
    raise typer.Exit(0 if result.graded else 3)


@cli.command()
def hint(
    step: Annotated[int, typer.Argument(help="The number of the step.")],
    level: Annotated[int, typer.Argument(help="1 is a nudge, 3 nearly tells it.")] = 1,
) -> None:
    """Show a hint for a step."""
    from grading.checking.progress import record_hint

    row = known_step(step)
    if not 1 <= level <= len(row.hints):
        give_up(f"Step {step} has the hints 1 to {len(row.hints)}.")
    console = Console(highlight=False)
    console.print(f"[bold]Step {row.number}, {escape(row.title)}: hint {level} of {len(row.hints)}[/]")
    console.print(escape(row.hints[level - 1]), soft_wrap=True)
    record_hint(own_folder(Path("starter")), step, level)
    if level < len(row.hints):
        console.print(f"\nOne more: [bold]grade hint {step} {level + 1}[/]")


@cli.command()
def serve(
    folder: FolderArgument = Path("starter"),
    port: Annotated[int, typer.Option(help="The port of your app.")] = 8000,
    model_port: Annotated[int, typer.Option(help="The port of the model on this computer.")] = 8080,
    reload: Annotated[bool, typer.Option(help="Start the app again when you save a file.")] = True,
    weather: Annotated[str, typer.Option(help="How the model behaves, for example slow or throttled.")] = "sunny",
) -> None:
    """Start a small model on this computer and your app, and say what to try."""
    from grading.laptop.serve import serve as serve_app

    raise typer.Exit(serve_app(own_folder(folder), port=port, model_port=model_port, reload=reload, weather=weather))


@cli.command()
def notebooks(
    browser: Annotated[bool, typer.Option(help="Open a browser; without it, an address is printed.")] = True,
) -> None:
    """Open the notebooks, which explain each step, in JupyterLab."""
    from grading.notebooks.lab import open_lab

    raise typer.Exit(open_lab(browser))


@cli.command()
def demo() -> None:
    """See it all work: serve the solution, ask it something, and mark solution and starter."""
    from grading.laptop.demo import demo as show_demo

    raise typer.Exit(show_demo(Console(highlight=False)))


@cli.command()
def doctor(
    require_sandbox: Annotated[bool, typer.Option("--require-sandbox", help="Exit with 1 if there is none.")] = False,
) -> None:
    """Say what this computer has of what the kit needs, and whether submissions run in a sandbox.

    Exit code 0: all there; 1: something is to do.
    """
    from grading.laptop.doctor import doctor as examine

    raise typer.Exit(examine(Console(highlight=False), require_sandbox))


def own_folder(folder: Path) -> Path:
    """Return the folder to work on; `starter` is the kit's own wherever the command is typed."""
    if folder == Path("starter") and not folder.exists():
        return KIT / "starter"
    if not exists(folder):
        give_up(f"There is no folder {folder}. Name the folder that holds your main.py, for example: starter")
    return folder


def exists(path: Path) -> bool:
    """Return whether something is at `path`; end the command with a sentence if that can't be found out."""
    try:
        return path.exists()
    except OSError as problem:
        give_up(f"{path} cannot be read: {problem.strerror}.")


@contextlib.contextmanager
def watched(console: Console) -> Iterator[Callable[[TestResult], None]]:
    """Show how far the grading is, where somebody watches; yield what is to be called with each result."""
    total = sum(bool(row.tests) for row in STEPS) + 1
    with console.status("Starting: importing LiteLLM takes some seconds …") as status:

        def show(test: TestResult) -> None:
            title = f"step {test.step} of {total}: {step_of(test.step).title}" if test.step else "your own tests"
            status.update(f"Checking {title} …")

        yield show


def known_step(number: int) -> Step:
    """Return the step, or end the command with a sentence."""
    try:
        return step_of(number)
    except KeyError as problem:
        give_up(str(problem.args[0]))


def write_json(file: Path | None, result: Result) -> None:
    """Write the result as JSON, whole or not at all."""
    if file is None:
        return
    try:
        write_file(file, json.dumps(result.as_json(), indent=2, ensure_ascii=False) + "\n")
    except OSError as problem:
        give_up(f"The result cannot be written to {file}: {problem.strerror}. Name a file in a folder of yours.")


def say(*sentences: str) -> None:
    """Print sentences, a line each."""
    for sentence in sentences:
        Console(highlight=False).print(escape(sentence), soft_wrap=True)


def give_up(sentence: str) -> NoReturn:
    """End the command with a sentence and exit code 2."""
    Console(stderr=True, highlight=False).print(escape(sentence), soft_wrap=True)
    raise typer.Exit(2)


# What only instructors need is not in a student's copy of the kit.
for group in ("page", "progress", "classroom", "export"):
    if (KIT / "grading" / "commands" / f"{group}.py").is_file():
        import_module(f"grading.commands.{group}")


@functools.cache
def command() -> Callable[..., None]:
    """Return the command line, built; the warm helper does this in advance."""
    return typer.main.get_command(cli)


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Replace what an old console lacks: a way of handling encoding errors, see codecs.register_error."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = dict(zip("█░✓✗·─…", "#-+x.-.", strict=True))
    return "".join(plain.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error("plain signs", _in_plain_signs)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="plain signs")  # type: ignore[union-attr]
    try:
        command()(prog_name="grade")
    except SystemExit as end:
        if end.code == 130:  # what typer makes of a Ctrl-C
            print("Stopped.", file=sys.stderr)
        raise
