"""Grade a whole class: take in each submission, grade what is not known yet, write all outputs in one pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from grading.classroom.batch import GradesOne, StartGrader, grade_planned
from grading.classroom.changes import Changes
from grading.classroom.cluster import ClusterGrader
from grading.classroom.download import open_download
from grading.classroom.entry import Mark
from grading.classroom.extra_tests import check_extra_tests
from grading.classroom.late import LatePolicy, parse_grace, parse_time, with_times
from grading.classroom.layouts import read_layout
from grading.classroom.marks import read_marks
from grading.classroom.outputs import Summary
from grading.classroom.plan import Regrade, make_plan
from grading.classroom.store import Store, this_basis
from grading.judging import grader
from grading.pages.similarity import Similarity, SimilarityUnavailable
from grading.pages.write import Pages


@dataclass(frozen=True, kw_only=True)
class WholeClass:
    """What `grade class` was asked for; see its options."""

    source: Path
    out: Path
    layout: str | None
    regrade: list[str]
    policy: LatePolicy | None
    times: Path | None
    extra_tests: Path | None
    show_hidden: bool
    start: StartGrader
    say: Callable[..., None]
    """Prints sentences."""

    def grade(self) -> bool:
        """Grade the class and write all outputs. Returns False if Ctrl-C stopped it.

        Raises ClassError, OSError, and what `start` raises.
        """
        with open_download(self.source) as download:
            layout, entries, notes = read_layout(download, self.layout)
            if self.times is not None:
                entries, skipped = with_times(entries, self.times)
                notes += skipped
            self.say(*notes)
            store, console = Store(self.out), Console(highlight=False)
            basis = this_basis(check_extra_tests(self.extra_tests) if self.extra_tests else "")
            self.say(*store.strangers(entries))
            regrade, similarity = Regrade(self.regrade, entries), self._similarity()
            reading = track(entries, "Reading", console=console, transient=True, disable=not console.is_terminal)
            plan = make_plan(reading, store, basis, regrade, similarity.add if similarity else None)
            self.say(str(plan))
            if not grade_planned(plan, store, basis, self.start, console):
                self.say(f"What was graded is kept in {store.results}; the same line goes on from there.")
                return False
            pages = Pages(self.out, similarity.pairs() if similarity else None, show_hidden=self.show_hidden)
            summary = Summary(layout, notes, plan.identical, self.policy is not None)
            self._write(read_marks(entries, store, plan.identical, self.policy), store, summary, pages)
            store.forget_replaced()
            return True

    def _similarity(self) -> Similarity | None:
        try:
            return Similarity()
        except SimilarityUnavailable as problem:
            self.say(str(problem))
            return None

    def _write(self, marks: Iterable[Mark], store: Store, summary: Summary, pages: Pages) -> None:
        """Write all outputs in one pass: a result, with all its messages, is read once and not kept."""
        changes = Changes()
        for mark in marks:
            changes.add(mark, store.replaced(mark.entry.key))
            summary.add(mark)
            pages.add(mark)
        self.say(*changes.write(self.out / "changes.txt"))
        self.say(*summary.write(self.out))
        pages.write_report()
        self.say(f"Feedback for each student: {self.out / 'feedback'}. The class: {self.out / 'class-report.html'}")


def late_policy(due: str | None, grace: str, percent: float, cap: float) -> LatePolicy | None:
    """Parse the options on lateness. Returns None without a due date. Raises ClassError."""
    return LatePolicy(parse_time(due), parse_grace(grace), percent, cap) if due else None


def start_grader(
    cluster: str | None, workers: int | None, extra_tests: Path | None, require_sandbox: bool
) -> AbstractContextManager[GradesOne]:
    """Return a grader on the Dask cluster with this address, or else on this computer."""
    if cluster:
        return ClusterGrader(cluster, extra_tests=extra_tests, require_sandbox=require_sandbox)
    return grader.Grader(workers or os.cpu_count() or 1, extra_tests=extra_tests, require_sandbox=require_sandbox)
