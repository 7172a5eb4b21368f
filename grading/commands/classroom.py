"""The command `grade class`: its options. The rest is imported late, so that the other commands start quickly."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from grading.cli import cli
from grading.commands.console import FOR_INSTRUCTORS, AssignmentOption, give_up, say

Option = typer.Option
_NAME_IT = "Name the LMS's download: a zip, or the folder of all submissions."


@cli.command("class", rich_help_panel=FOR_INSTRUCTORS)
def grade_class(
    source: Annotated[Path, typer.Argument(help="The LMS's download: its zip, or the folder of all submissions.")],
    out: Annotated[
        Path | None, Option("--out", metavar="DIR", help="Where results go. The same DIR again goes on.")
    ] = None,
    layout: Annotated[str | None, Option(metavar="NAME", help="Which system it is from; else found out.")] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Only list who is who and what is taken; run nothing.")] = False,
    roster: Annotated[
        Path | None, Option(metavar="CSV", help="Your list of the class: names, ids of any system, groups, sections.")
    ] = None,
    workers: Annotated[int | None, Option(min=1, help="Submissions at a time; else one a processor.")] = None,
    regrade: Annotated[
        list[str] | None,
        Option(metavar="WHAT", help="all, not-graded, a key, name or id, or test:ID (who did not pass it)."),
    ] = None,
    due: Annotated[str | None, Option(metavar="TIME", help="When it was due: 2026-11-20T23:59+01:00.")] = None,
    grace: Annotated[str | None, Option(metavar="TIME", help="What still counts as in time: 15m, 2h, 1d.")] = None,
    late_percent: Annotated[float | None, Option(min=0, max=100, help="Taken off for each day begun.")] = None,
    late_cap: Annotated[float | None, Option(min=0, max=100, help="The most that is taken off; else all.")] = None,
    times: Annotated[Path | None, Option(metavar="CSV", help="Lines of key or id, and time handed in.")] = None,
    extensions: Annotated[
        Path | None, Option(metavar="CSV", help="Lines of key or id, and their own due date.")
    ] = None,
    extra_tests: Annotated[Path | None, Option(metavar="DIR", help="Your own tests, hidden from students.")] = None,
    show_hidden: Annotated[
        bool | None, Option("--show-hidden/--no-show-hidden", help="Tell students of the hidden tests: how many.")
    ] = None,
    last_year: Annotated[
        Path | None, Option(metavar="DIR", help="Compare the summary with this folder of an earlier class.")
    ] = None,
    cluster: Annotated[str | None, Option(metavar="ADDRESS", help="Grade on this Dask cluster.")] = None,
    require_sandbox: Annotated[bool, Option("--require-sandbox", help="Grade nothing without a sandbox.")] = False,
    assignment: AssignmentOption = None,
) -> None:
    """Mark a whole class. Stopped by anything, the same line goes on where it was; class.toml remembers options."""
    from grading.classroom.cluster import ClusterGrader
    from grading.classroom.entry import ClassError
    from grading.classroom.late import LatePolicy, parse_grace, parse_time
    from grading.classroom.remembered import NAME, remember, with_remembered
    from grading.commands.whole_class import WholeClass
    from grading.judging.grader import Grader, SandboxMissing
    from grading.processes.forkserver import FarmFailed

    if out is None and not dry_run:
        give_up("Say where the results go: --out DIR. Or say --dry-run to see who is who first.")
    has_out, out = out is not None, out or Path()
    if not dry_run:
        _check_places(source, out)
    elif not source.exists():
        give_up(f"There is no {source}. {_NAME_IT}")
    given: dict[str, Any] = {
        "layout": layout,
        "roster": roster,
        "due": due,
        "grace": grace,
        "late_percent": late_percent,
        "late_cap": late_cap,
        "times": times,
        "extensions": extensions,
        "extra_tests": extra_tests,
        "show_hidden": show_hidden,
    }
    try:
        told, remembered = with_remembered(out, given) if has_out else (given, [])
        if remembered:
            say(f"As {NAME} in {out} remembers: {', '.join(remembered)}.")
        cap = 100 if told["late_cap"] is None else told["late_cap"]
        lateness = (told["grace"], told["late_percent"], told["extensions"])
        if not told["due"] and (cap != 100 or any(option is not None for option in lateness)):
            give_up(
                "--grace, --late-percent, --late-cap and --extensions need to know when it was due: say --due, too."
            )
        policy = (
            LatePolicy(parse_time(told["due"]), parse_grace(told["grace"] or "0m"), told["late_percent"] or 0, cap)
            if told["due"]
            else None
        )
        start = partial(ClusterGrader, cluster) if cluster else partial(Grader, workers or os.cpu_count() or 1)
        start = partial(start, extra_tests=told["extra_tests"], require_sandbox=require_sandbox)
        a_class = WholeClass(
            source=source,
            out=out,
            layout=told["layout"],
            roster=told["roster"],
            times=told["times"],
            extensions=told["extensions"],
            policy=policy,
            regrade=regrade or [],
            extra_tests=told["extra_tests"],
            show_hidden=bool(told["show_hidden"]),
            last_year=last_year,
            remember=lambda: remember(out, told),
            start=start,
            say=say,
        )
        if dry_run:
            a_class.list()
        elif not a_class.grade():
            raise typer.Exit(130)
    except (ClassError, FarmFailed, SandboxMissing) as problem:
        give_up(str(problem))
    except OSError as problem:
        give_up(f"{problem.filename or out}: {problem.strerror}. Is the place right, and is there room on the disk?")


def _check_places(source: Path, out: Path) -> None:
    if not source.exists():
        give_up(f"There is no {source}. {_NAME_IT}")
    if out.resolve().is_relative_to(source.resolve()):
        give_up(f"{out} is inside {source}, where submissions are looked for. Name another place for --out.")
    if out.exists() and not out.is_dir():
        give_up(f"{out} is a file. Name a folder for --out; it is made if it is not there.")
