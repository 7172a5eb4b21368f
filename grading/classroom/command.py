"""The command `grade class`. What it needs is imported late, so that the other commands start quickly."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grading.cli import cli

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from grading.classroom.batch import GradesOne, Plan
    from grading.classroom.record import Entry
    from grading.classroom.store import Basis, Store
    from grading.result import Result

Option = typer.Option


@cli.command("class")
def grade_class(
    source: Annotated[Path, typer.Argument(help="The LMS's download: its zip, or the folder of all submissions.")],
    out: Annotated[Path, Option("--out", metavar="DIR", help="Where results go. The same DIR again goes on.")],
    layout: Annotated[str | None, Option(help="canvas, moodle, github, gradescope or plain; else found out.")] = None,
    workers: Annotated[int | None, Option(min=1, help="Submissions at a time; else one a processor.")] = None,
    regrade: Annotated[
        list[str] | None,
        Option(metavar="WHAT", help="all, not-graded, a key, name or id, or test:ID (who did not pass it)."),
    ] = None,
    due: Annotated[str | None, Option(metavar="TIME", help="When it was due: 2026-11-20T23:59+01:00.")] = None,
    grace: Annotated[str, Option(metavar="TIME", help="What still counts as in time: 15m, 2h, 1d.")] = "0m",
    late_percent: Annotated[float, Option(min=0, max=100, help="Taken off for each day begun.")] = 0,
    late_cap: Annotated[float, Option(min=0, max=100, help="The most that is taken off.")] = 100,
    times: Annotated[Path | None, Option(metavar="CSV", help="Lines of key or id, and time handed in.")] = None,
    extra_tests: Annotated[Path | None, Option(metavar="DIR", help="Your own tests, hidden from students.")] = None,
    show_hidden: Annotated[bool, Option("--show-hidden", help="Tell students of the hidden tests: how many.")] = False,
    cluster: Annotated[str | None, Option(metavar="ADDRESS", help="Grade on this Dask cluster.")] = None,
    require_sandbox: Annotated[bool, Option("--require-sandbox", help="Grade nothing without a sandbox.")] = False,
) -> None:
    """Mark a whole class. Stopped by anything, the same line goes on where it was."""
    from rich.console import Console

    from grading.atomic_file import write_file
    from grading.classroom.changes import describe_changes
    from grading.classroom.cluster import ClusterError
    from grading.classroom.download import DownloadError, open_download
    from grading.classroom.extra_tests import ExtraTestsError, check_extra_tests
    from grading.classroom.late import LatePolicy, PolicyError, parse_grace, parse_time, with_times
    from grading.classroom.layouts import read_layout
    from grading.classroom.outputs import Marks, OutputOptions, write_outputs
    from grading.classroom.store import Store, this_basis
    from grading.cli import give_up
    from grading.farm import FarmFailed
    from grading.grader import SandboxMissing

    console = Console(highlight=False)

    def say(sentence: str) -> None:
        console.print(sentence, markup=False, soft_wrap=True)

    if not source.exists():
        give_up(f"There is no {source}. Name the LMS's download: a zip, or the folder of all submissions.")
    if out.resolve().is_relative_to(source.resolve()):
        give_up(f"{out} is inside {source}, where submissions are looked for. Name another place for --out.")
    try:
        policy = LatePolicy(parse_time(due), parse_grace(grace), late_percent, late_cap) if due else None
        with open_download(source) as download:
            found, entries, notes = read_layout(download, layout)
            if times is not None:
                entries, told = with_times(entries, times)
                notes += told
            for sentence in notes:
                say(sentence)
            store = Store(out)
            basis = this_basis(check_extra_tests(extra_tests) if extra_tests else "")
            again = _wanted(entries, regrade or [])
            grader = partial(_grader, workers, extra_tests, cluster, require_sandbox)
            complete, plan = _graded(console, entries, store, basis, again, grader)
            if not complete:
                say(f"What was graded is kept in {store.results}; the same line goes on from there.")
                raise typer.Exit(130)
            lines, changed, compared = describe_changes(store.replaced(entries))
            if compared:
                write_file(out / "changes.txt", "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
                say(f"{compared} results are new, {changed} marks changed: {out / 'changes.txt'} says whose and why.")
            marks = Marks(entries, store, plan.same.values(), policy)
            for sentence in write_outputs(marks, out, OutputOptions(found, tuple(notes), policy, show_hidden)):
                say(sentence)
            store.forget_replaced()
    except (DownloadError, PolicyError, ClusterError, ExtraTestsError, FarmFailed, SandboxMissing) as problem:
        give_up(str(problem))
    except OSError as problem:
        give_up(f"{problem.filename or out}: {problem.strerror}. Is the place right, and is there room on the disk?")


def _graded(
    console: Console,
    entries: list[Entry],
    store: Store,
    basis: Basis,
    again: Callable[[Entry, Result | None], bool],
    start: Callable[[], AbstractContextManager[GradesOne]],
) -> tuple[bool, Plan]:
    """Grade what must be, with two progress bars. Returns whether all was done, and the plan."""
    from grading.classroom.batch import grade_plan, make_plan

    with _progress(console) as progress:
        reading = progress.add_task("Reading", total=len(entries), rate="")
        plan = make_plan(entries, store, basis, again, lambda: progress.advance(reading))
        progress.remove_task(reading)
        same = sum(len(plan.same[submission]) - 1 for submission in plan.to_grade)
        known = len(entries) - len(plan.to_grade) - same - plan.unreadable
        progress.console.print(
            f"To grade: {len(plan.to_grade)}. Known from before: {known}. Identical to one of them: {same}. "
            f"Not readable: {plan.unreadable}.",
            soft_wrap=True,
        )
        if not plan.to_grade:
            return True, plan
        with start() as grader:
            task = progress.add_task("Grading", total=len(plan.to_grade), rate="")

            def on_done(result: Result) -> None:
                progress.advance(task)
                speed = progress.tasks[-1].speed
                progress.update(task, rate=f"{60 * speed:.0f} a minute" if speed else "")

            def on_stop() -> None:
                progress.console.print("Stopping: what runs is finished first. Ctrl-C once more drops it.")

            return grade_plan(plan, grader, store, basis, on_done, on_stop), plan


def _grader(
    workers: int | None, extra_tests: Path | None, cluster: str | None, require_sandbox: bool
) -> AbstractContextManager[GradesOne]:
    if cluster is not None:
        from grading.classroom.cluster import ClusterGrader

        return ClusterGrader(cluster, extra_tests=extra_tests, require_sandbox=require_sandbox)
    from grading.grader import Grader

    number = os.cpu_count() or 1 if workers is None else workers
    return Grader(number, extra_tests=extra_tests, require_sandbox=require_sandbox)


def _progress(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    return Progress(*columns, console=console, speed_estimate_period=120)


def _wanted(entries: list[Entry], regrade: list[str]) -> Callable[[Entry, Result | None], bool]:
    """Return what says whether an entry is graded again. Raises PolicyError for somebody unknown."""
    from grading.classroom.late import PolicyError

    tests = [what.removeprefix("test:") for what in regrade if what.startswith("test:")]
    who = {what.casefold() for what in regrade if not what.startswith("test:")} - {"all", "not-graded"}
    known = {word.casefold() for entry in entries for word in (entry.key, entry.name, *entry.ids.values())}
    if unknown := sorted(who - known):
        raise PolicyError(f"--regrade {unknown[0]}: no submission has this key, name or id. marks.csv lists them.")

    def again(entry: Entry, old: Result | None) -> bool:
        if "all" in regrade or old is None:
            return "all" in regrade
        return (
            ("not-graded" in regrade and not old.graded)
            or bool(who & {word.casefold() for word in (entry.key, entry.name, *entry.ids.values())})
            or any(test.status != "passed" and any(id in test.id for id in tests) for test in old.tests)
        )

    return again
