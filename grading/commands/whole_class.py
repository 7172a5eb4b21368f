"""Grade a whole class: take in each submission, grade what is not known yet, write all outputs in one pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import track

from grading.classroom.batch import StartGrader, grade_planned
from grading.classroom.changes import Changes
from grading.classroom.csv_fields import GradebookError
from grading.classroom.decisions_file import Decisions, make_file, read_decisions
from grading.classroom.download import Download, open_download
from grading.classroom.entry import ClassError, Entry, Mark
from grading.classroom.extra_tests import check_extra_tests
from grading.classroom.late import LatePolicy, with_times
from grading.classroom.layouts import read_layout, unique_keys
from grading.classroom.listing import listed
from grading.classroom.outputs import Summary, read_decided
from grading.classroom.plan import Plan, Regrade, files_of, make_plan
from grading.classroom.roster import Person
from grading.classroom.roster_file import read_roster
from grading.classroom.same_files import SameFiles
from grading.classroom.store import Store, this_basis
from grading.exports.class_exports import ClassFolder
from grading.intake.submission import Contents
from grading.pages.class_numbers import ClassNumbers
from grading.pages.class_report import Findings
from grading.pages.similarity import Similarity, SimilarityUnavailable
from grading.pages.write import Pages
from grading.results.result import not_graded


@dataclass(frozen=True, kw_only=True)
class WholeClass:
    """What `grade class` was asked for; see its options."""

    source: Path
    out: Path
    layout: str | None
    roster: Path | None
    times: Path | None
    extensions: Path | None
    policy: LatePolicy | None
    regrade: list[str]
    extra_tests: Path | None
    show_hidden: bool
    last_year: Path | None
    remember: Callable[[], None]
    """Called when nothing refuses the class any more: keeps the options for the next run."""
    start: StartGrader
    say: Callable[..., None]
    """Prints sentences."""

    def list(self) -> None:
        """Say who is who, what would be graded and what not, without running or writing anything. Raises as `grade`."""
        with open_download(self.source) as download:
            _, entries, _, notes = self._entries(download)
            self.say(*notes)
            self.say(*listed(entries))

    def grade(self) -> bool:
        """Grade the class and write all outputs. Returns False if Ctrl-C stopped it.

        Raises ClassError, OSError, and what `start` raises.
        """
        with open_download(self.source) as download:
            layout, entries, absent, notes = self._entries(download)
            decisions = read_decisions(self.out, entries)
            notes = [*notes, *decisions.told]
            self.say(*notes)
            store, console = Store(self.out), Console(highlight=False)
            basis = this_basis(check_extra_tests(self.extra_tests) if self.extra_tests else "")
            self.say(*store.strangers(entries))
            regrade, similarity, same = Regrade(self.regrade, entries), self._similarity(), SameFiles()
            last_year = self._last_year()

            def compare(key: str, contents: Contents) -> None:
                same.add(key, contents)
                if similarity:
                    similarity.add(key, contents)

            reading = track(entries, "Reading", console=console, transient=True, disable=not console.is_terminal)
            plan = make_plan(reading, store, basis, regrade, compare)
            self.say(str(plan))
            self.remember()
            make_file(self.out)
            finished = grade_planned(plan, store, basis, self.start, console)
            waiting = () if finished else plan.waiting(store, basis)
            findings = Findings(similarity.pairs() if similarity else None, same.groups(plan.identical), waiting)
            paths = {entry.key: entry for entry in entries}
            pages = Pages(
                self.out,
                findings,
                show_hidden=self.show_hidden,
                read_files=lambda key: files_of(paths[key]),
                last_year=last_year,
                today=date.today(),
            )
            untouched = same.untouched(plan.identical)
            identical = [keys for keys in plan.identical if untouched.isdisjoint(keys)]
            policy = self.policy is not None
            summary = Summary(
                layout,
                notes,
                identical,
                policy,
                absent,
                same_files=findings.same_files,
                waiting=waiting,
                decided_by=decisions.hash,
            )
            changes = Changes(read_decided(self.out))
            self._write(self._marks(entries, store, plan, untouched, decisions), store, summary, changes, pages)
            if finished:
                store.forget_replaced()
            else:
                self.say(
                    f"Stopped: {len(waiting)} have no result yet, and marks.csv and class-report.html say so.",
                    f"What was graded is kept in {store.results}; the same line goes on from there.",
                )
            return finished

    def _last_year(self) -> ClassNumbers | None:
        """Add up the class of --last-year. Raises ClassError."""
        if self.last_year is None:
            return None
        try:
            numbers, marks = ClassNumbers(), ClassFolder(self.last_year)
            summary = json.loads((self.last_year / "summary.json").read_bytes())
            for mark in marks:
                numbers.add(replace(mark, untouched=mark.entry.key in summary.get("untouched", ())), None)
            return numbers
        except GradebookError as problem:
            raise ClassError(f"--last-year: {problem}") from None

    def _entries(self, download: Download) -> tuple[str, Sequence[Entry], Sequence[Person], Sequence[str]]:
        """Return the layout, the entries, who handed in nothing, and what was said. Raises ClassError, OSError."""
        roster = read_roster(self.roster) if self.roster is not None else None
        known = roster.ids if roster else frozenset()
        layout, entries, notes = read_layout(replace(download, known=known), self.layout)
        absent: Sequence[Person] = []
        if roster is not None:
            joined = roster.join(entries)
            entries, absent = list(unique_keys(joined.entries)), joined.absent
            notes += joined.told
        if self.times is not None:
            entries, skipped = with_times(entries, self.times)
            notes += skipped
        if self.extensions is not None:
            entries, skipped = with_times(entries, self.extensions, "due")
            notes += skipped
        return layout, entries, absent, notes

    def _similarity(self) -> Similarity | None:
        try:
            return Similarity()
        except SimilarityUnavailable as problem:
            self.say(str(problem))
            return None

    def _write(self, marks: Iterator[Mark], store: Store, summary: Summary, changes: Changes, pages: Pages) -> None:
        """Write all outputs in one pass."""
        for mark in marks:
            changes.add(mark, store.replaced(mark.entry.key))
            summary.add(mark)
            pages.add(mark)
        self.say(*changes.write(self.out / "changes.txt"))
        self.say(*summary.write(self.out))
        pages.write_report()
        self.say(
            f"Feedback for each student: {self.out / 'feedback'}. The class: {self.out / 'class-report.html'}",
            f"Without names, to pass on: {self.out / 'class-summary.html'}",
        )

    def _marks(
        self, entries: Sequence[Entry], store: Store, plan: Plan, untouched: Collection[str], decisions: Decisions
    ) -> Iterator[Mark]:
        """Yield the marks in the download's order. A result, with all its messages, is read once and not kept."""
        identical = {key: keys for keys in plan.identical for key in keys}
        for entry in entries:
            result = store.read(entry.key) or not_graded("There is no result. Run the same line again.")
            others = tuple(key for key in identical.get(entry.key, ()) if key != entry.key)
            lateness = self.policy.lateness(entry, result) if self.policy else None
            decided = decisions.by_key.get(entry.key, ())
            yield Mark(entry, result, lateness, others, entry.key in untouched, decided)
