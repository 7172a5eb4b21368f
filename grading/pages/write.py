"""Write all pages of a class: feedback/KEY.html and .md for each student, and class-report.html."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from grading.atomic_file import write_file
from grading.classroom.record import Mark
from grading.pages.class_numbers import ClassNumbers
from grading.pages.class_report import class_report_html
from grading.pages.feedback import Nearest, feedback_html, feedback_markdown, likely
from grading.pages.similarity import SimilarPair


def write_pages(
    marks: Iterable[Mark],
    out: Path,
    *,
    nearest: Nearest,
    similar_pairs: Sequence[SimilarPair] | None = None,
    show_hidden: bool = False,
) -> None:
    """Write the pages into `out`, each whole or not at all. `marks` is gone through once and may be a generator.

    `nearest` names the likely misconception behind a result. `similar_pairs`: what grading.pages.similarity found, None
    if it did not look. `show_hidden`: whether students learn how many hidden tests there are, and their marks.
    Raises: OSError.
    """
    folder = out / "feedback"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = ClassNumbers(key for pair in similar_pairs or () for key in pair.keys)
    for mark in marks:
        write_file(folder / f"{mark.entry.key}.html", feedback_html(mark, nearest, show_hidden=show_hidden))
        write_file(folder / f"{mark.entry.key}.md", feedback_markdown(mark, nearest, show_hidden=show_hidden))
        numbers.add(mark, likely(mark.result, nearest))
    write_file(out / "class-report.html", class_report_html(numbers, similar_pairs))
