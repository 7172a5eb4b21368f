"""Write all pages of a class: feedback/KEY.html and .md for each student, and class-report.html."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.record import Mark
from grading.pages.class_numbers import ClassNumbers
from grading.pages.class_report import class_report_html
from grading.pages.feedback import feedback_html, feedback_markdown
from grading.pages.similarity import SimilarPair
from grading.results.misconceptions import Misconception
from grading.results.misconceptions import nearest as nearest_in_gallery
from grading.results.reading import first_open
from grading.results.result import Result


def write_pages(
    marks: Iterable[Mark],
    out: Path,
    similar_pairs: Sequence[SimilarPair] | None = None,
    *,
    show_hidden: bool = False,
    nearest: Callable[[Result], Misconception | None] = nearest_in_gallery,
) -> None:
    """Write the pages into `out`, each whole or not at all. `marks` is gone through once and may be a generator.

    `similar_pairs`: None if nobody looked for them. `show_hidden`: whether students learn how many hidden tests there
    are, and their marks. Raises OSError.
    """
    folder = out / "feedback"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = ClassNumbers(key for pair in similar_pairs or () for key in pair.keys)
    for mark in marks:
        # The gallery's programs know the kit's own tests only.
        tests = tuple(test for test in mark.result.tests if test.step)
        cause = nearest(replace(mark.result, tests=tests)) if first_open(tests) else None
        write_file(folder / f"{mark.entry.key}.html", feedback_html(mark, cause, show_hidden=show_hidden))
        write_file(folder / f"{mark.entry.key}.md", feedback_markdown(mark, cause, show_hidden=show_hidden))
        numbers.add(mark, cause)
    write_file(out / "class-report.html", class_report_html(numbers, similar_pairs))
