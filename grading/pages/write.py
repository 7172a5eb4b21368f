"""Write all pages of a class: feedback for each student, the class report, the summary, similar programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.entry import Mark
from grading.pages.class_numbers import ClassNumbers
from grading.pages.class_report import Findings, class_report_html
from grading.pages.feedback import feedback_html, feedback_markdown
from grading.pages.side_by_side import side_by_side_html
from grading.pages.summary_report import summary_html
from grading.results.misconceptions import Misconception
from grading.results.misconceptions import nearest as nearest_in_gallery
from grading.results.reading import first_open
from grading.results.result import Result

ReadFiles = Callable[[str], Mapping[str, bytes]]
"""Returns the files of the submission with this key; none if it can't be read."""


class Pages:
    """The pages in the folder `out`, each written atomically. Call `add` for each mark, then `write_report`.

    feedback/KEY.html and .md, class-report.html, class-summary.html (without names), similar/NUMBER.html.
    """

    def __init__(
        self,
        out: Path,
        findings: Findings | None = None,
        *,
        show_hidden: bool = False,
        nearest: Callable[[Result], Misconception | None] = nearest_in_gallery,
        read_files: ReadFiles = lambda key: {},
        last_year: ClassNumbers | None = None,
        today: date | None = None,
    ) -> None:
        """show_hidden: whether students learn the number of hidden tests, and their marks.

        last_year: what to compare the summary with. today: the date on students' pages. Raises OSError.
        """
        self._out = out
        self._findings = findings or Findings()
        self._show_hidden = show_hidden
        self._nearest = nearest
        self._read_files = read_files
        self._last_year = last_year
        self._today = today
        self._numbers = ClassNumbers(waiting=self._findings.waiting)
        (out / "feedback").mkdir(parents=True, exist_ok=True)

    def add(self, mark: Mark) -> None:
        """Write a student's feedback, and count the mark for the report. Raises OSError."""
        if mark.entry.key in self._findings.waiting:
            self._numbers.add(mark, None)
            return
        # The gallery's programs know the kit's own tests only.
        tests = tuple(test for test in mark.result.tests if test.step)
        cause = self._nearest(replace(mark.result, tests=tests)) if first_open(tests) and not mark.untouched else None
        for ending, page in (("html", feedback_html), ("md", feedback_markdown)):
            text = page(mark, cause, show_hidden=self._show_hidden, today=self._today)
            write_file(self._out / "feedback" / f"{mark.entry.key}.{ending}", text)
        self._numbers.add(mark, cause)

    def write_report(self) -> None:
        """Write the report on the class, its summary and the pages of similar programs. Raises OSError."""
        pages = dict(self._side_by_side())
        write_file(self._out / "class-report.html", class_report_html(self._numbers, self._findings, pages))
        summary = summary_html(self._numbers, self._last_year, waiting=len(self._findings.waiting))
        write_file(self._out / "class-summary.html", summary)

    def _side_by_side(self) -> Iterable[tuple[tuple[str, str], str]]:
        """Write the pages of similar programs. Yields each pair of keys, and its page relative to the report."""
        folder = self._out / "similar"
        for old in folder.glob("*.html"):
            old.unlink()
        names = self._numbers.names
        for number, pair in enumerate(self._findings.pairs or (), start=1):
            one, other = map(self._read_files, pair.keys)
            if one and other:
                folder.mkdir(exist_ok=True)
                page = side_by_side_html(pair, [names.get(key, key) for key in pair.keys], (one, other))
                write_file(folder / f"{number:03}.html", page)
                yield pair.keys, f"similar/{number:03}.html"
