"""A summary of a class on one screen, without names: for a dean, a course board, next year's instructor."""

from __future__ import annotations

from dataclasses import dataclass

from grading.pages import charts
from grading.pages.class_numbers import PASSES, ClassNumbers
from grading.pages.render import percent, render
from grading.results.steps import is_bonus

LEAST = 5
"""Graded students below which quartiles and extremes would tell the marks of single persons."""
_HARDEST = 3


@dataclass(frozen=True)
class Figure:
    """One line: what it is, this year's value and last year's ("" if it is unknown)."""

    what: str
    now: str
    before: str


def summary_html(numbers: ClassNumbers, last_year: ClassNumbers | None = None, *, waiting: int = 0) -> str:
    """Return the page. waiting: how many submissions have no result yet."""
    enough = numbers.graded >= LEAST
    distribution = numbers.distribution() if enough else []
    marks = ", ".join(f"{label} marks: {count}" for label, count in distribution if count)
    steps, before = numbers.marked_steps, last_year.marked_steps if last_year else {}
    hardest = numbers.hardest()[:_HARDEST] if enough else []
    return render(
        "summary.html.j2",
        numbers=numbers,
        enough=enough,
        least=LEAST,
        waiting=waiting,
        compared=last_year is not None,
        passes=f"{PASSES * numbers.max_score:g} of {numbers.max_score:g}",
        figures=_figures(numbers, last_year),
        steps=[
            (number, row.title, percent(row.share), percent(before[number].share) if number in before else "")
            for number, row in steps.items()
        ]
        if enough
        else [],
        hardest=[(number, steps[number].title, percent(steps[number].share)) for number in hardest],
        bonus=[number for number in steps if is_bonus(number)],
        chart=charts.columns("spread", f"Column chart of marks and students. {marks}.", distribution)
        if distribution
        else None,
        distribution=distribution,
    )


def _figures(numbers: ClassNumbers, last_year: ClassNumbers | None) -> list[Figure]:
    now, before = _values(numbers), _values(last_year) if last_year else {}
    return [Figure(name, value, before.get(name, "")) for name, value in now.items()]


def _values(numbers: ClassNumbers) -> dict[str, str]:
    """Return the class's figures by name; marks in percent of the most, so that years with other marks compare."""
    most = numbers.max_score or 1
    found = {"Handed in": f"{numbers.students:,}", "Graded": f"{numbers.graded:,}"}
    found["As handed out, nothing written"] = f"{len(numbers.in_state('as handed out')):,}"
    if numbers.graded >= LEAST:
        found["Passed"] = percent(numbers.share_of_passes())
        found["Mean"] = percent(numbers.mean() / most)
        found |= {name.capitalize(): percent(mark / most) for name, mark in numbers.points().items()}
    return found
