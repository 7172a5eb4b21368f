"""The feedback page of a result, in both of its forms."""

from __future__ import annotations

from typing import Any

from grading.pages.feedback import feedback_html, feedback_markdown
from grading.results.result import Result
from grading.tests.marks import a_mark


def pages(result: Result, **given: Any) -> list[str]:
    """Both forms of the page."""
    mark = a_mark(result, late=given.pop("late", None))
    cause = given.pop("cause", None)
    return [write(mark, cause, **given) for write in (feedback_html, feedback_markdown)]
