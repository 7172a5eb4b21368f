"""The command `grade class`. What it needs is imported late, so that the other commands start quickly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from grading.cli import cli
from grading.commands.console import give_up, say

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
    from grading.classroom.batch import grade_all
    from grading.classroom.changes import describe_changes
    from grading.classroom.cluster import ClusterGrader
    from grading.classroom.download import open_download
    from grading.classroom.extra_tests import check_extra_tests
    from grading.classroom.late import LatePolicy, parse_grace, parse_time, with_times
    from grading.classroom.layouts import read_layout
    from grading.classroom.outputs import Marks, write_outputs
    from grading.classroom.plan import graded_again
    from grading.classroom.record import ClassError
    from grading.classroom.store import Store, this_basis
    from grading.judging.grader import Grader, SandboxMissing
    from grading.processes.forkserver import FarmFailed

    if not source.exists():
        give_up(f"There is no {source}. Name the LMS's download: a zip, or the folder of all submissions.")
    if out.resolve().is_relative_to(source.resolve()):
        give_up(f"{out} is inside {source}, where submissions are looked for. Name another place for --out.")
    if out.exists() and not out.is_dir():
        give_up(f"{out} is a file. Name a folder for --out; it is made if it is not there.")
    if not due and (grace, late_percent, late_cap) != ("0m", 0, 100):
        give_up("--grace, --late-percent and --late-cap need to know when it was due: say --due, too.")
    start = partial(ClusterGrader, cluster) if cluster else partial(Grader, workers or os.cpu_count() or 1)
    start = partial(start, extra_tests=extra_tests, require_sandbox=require_sandbox)
    try:
        policy = LatePolicy(parse_time(due), parse_grace(grace), late_percent, late_cap) if due else None
        with open_download(source) as download:
            found, entries, notes = read_layout(download, layout)
            if times is not None:
                entries, told = with_times(entries, times)
                notes += told
            say(*notes)
            store = Store(out)
            basis = this_basis(check_extra_tests(extra_tests) if extra_tests else "")
            say(*store.strangers(entries))
            again, console = graded_again(entries, regrade or [], store), Console(highlight=False)
            complete, plan = grade_all(console, entries, store, basis, again, start)
            if not complete:
                say(f"What was graded is kept in {store.results}; the same line goes on from there.")
                raise typer.Exit(130)
            lines, changed, compared = describe_changes(store.replaced(entries))
            if compared:
                write_file(out / "changes.txt", "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
                say(f"{compared} results are new, {changed} marks changed: {out / 'changes.txt'} says whose and why.")
            marks = Marks(entries, store, plan.identical(), policy)
            say(*write_outputs(marks, out, found, notes))
            say(*_write_pages(marks, out, show_hidden))
            store.forget_replaced()
    except (ClassError, FarmFailed, SandboxMissing) as problem:
        give_up(str(problem))
    except OSError as problem:
        give_up(f"{problem.filename or out}: {problem.strerror}. Is the place right, and is there room on the disk?")


def _write_pages(marks: Any, out: Path, show_hidden: bool) -> Iterator[str]:
    from grading.pages.similarity import SimilarityUnavailable, similar_pairs
    from grading.pages.write import write_pages

    pairs = None
    try:  # of identical submissions the first is enough
        firsts = (mark.entry for mark in marks if mark.entry.key <= min(mark.same_as, default=mark.entry.key))
        pairs = similar_pairs(entry for entry in firsts if not entry.problem)
    except SimilarityUnavailable as problem:
        yield str(problem)
    write_pages(marks, out, pairs, show_hidden=show_hidden)
    yield f"Feedback for each student: {out / 'feedback'}. The class: {out / 'class-report.html'}"
