"""Write all pages of a class: feedback/KEY.html and .md for each student, and class-report.html."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.entry import Mark
from grading.pages.class_numbers import ClassNumbers
from grading.pages.class_report import class_report_html
from grading.pages.feedback import feedback_html, feedback_markdown
from grading.pages.similarity import SimilarPair
from grading.results.misconceptions import Misconception
from grading.results.misconceptions import nearest as nearest_in_gallery
from grading.results.reading import first_open
from grading.results.result import Result


class Pages:
    """The pages in the folder `out`, each written atomically. Call `add` for each mark, then `write_report`."""

    def __init__(
        self,
        out: Path,
        similar_pairs: Sequence[SimilarPair] | None = None,
        *,
        show_hidden: bool = False,
        nearest: Callable[[Result], Misconception | None] = nearest_in_gallery,
    ) -> None:
        """similar_pairs: None if nobody looked for them.

        show_hidden: whether students learn the number of hidden tests, and their marks. Raises OSError.
        """
        self._out = out
        self._pairs = similar_pairs
        self._show_hidden = show_hidden
        self._nearest = nearest
        self._numbers = ClassNumbers(key for pair in similar_pairs or () for key in pair.keys)
        (out / "feedback").mkdir(parents=True, exist_ok=True)

    def add(self, mark: Mark) -> None:
        """Write a student's feedback, and count the mark for the report. Raises OSError."""
        # The gallery's programs know the kit's own tests only.
        tests = tuple(test for test in mark.result.tests if test.step)
        cause = self._nearest(replace(mark.result, tests=tests)) if first_open(tests) else None
        for ending, page in (("html", feedback_html), ("md", feedback_markdown)):
            text = page(mark, cause, show_hidden=self._show_hidden)
            write_file(self._out / "feedback" / f"{mark.entry.key}.{ending}", text)
        self._numbers.add(mark, cause)

    def write_report(self) -> None:
        """Write the report on the class. Raises OSError."""
        write_file(self._out / "class-report.html", class_report_html(self._numbers, self._pairs))
