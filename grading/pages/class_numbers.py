"""Add up a class, one mark at a time. Of a student a row is kept, of a test a number.

Difficulty of a test: the share of the class that passed it. Discrimination: the upper-lower index D, the share of the
upper group that passed it minus that of the lower group. A group is the 27 % of the class with the most, or the fewest
marks (Kelley, The selection of upper and lower groups for the validation of test items, 1939). Students with equal
marks at the edge of a group count in part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, quantiles

from grading.classroom.entry import Mark
from grading.pages.names_of_tests import name_of_test
from grading.pages.students import StudentRow, student_row
from grading.results.misconceptions import Misconception
from grading.results.steps import MAX_SCORE, is_bonus

GROUP = 0.27
FEWEST = 20
"""Students below which D means nothing: one student would move it by a whole class of the table below."""
DISCRIMINATION = ((0.40, "very good"), (0.30, "good"), (0.20, "fair"), (0.0, "weak"), (-1.0, "reversed"))
"""From Ebel and Frisbie, Essentials of Educational Measurement, 5th edition, 1991; below 0, look at the test."""
DIFFICULTY = ((0.7, "easy"), (0.3, "middling"), (0.0, "hard"))
"""Between .3 and .7 a test tells students apart best (Allen and Yen, Introduction to Measurement Theory, 1979)."""
PASSES = 0.5
"""The share of the marks from which on the pages call it a pass; courses have rules of their own."""
BAR = 10
"""Marks per bar of the distribution."""


@dataclass
class _Level:
    """The students with the same marks."""

    count: int = 0
    passed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class TestFigures:
    """How the class did in one test."""

    __test__ = False

    id: str
    step: int
    hidden: bool
    passed: int
    share: float
    difficulty: str
    discrimination: float | None
    quality: str
    reversed: bool
    """Whether weaker students passed it more often, by more than two standard errors of D."""

    @property
    def what(self) -> str:
        return name_of_test(self.id)


@dataclass
class StepFigures:
    """How the class did in one step."""

    title: str
    score: float = 0
    max_score: float = 0
    done: int = 0

    @property
    def share(self) -> float:
        return self.score / self.max_score if self.max_score else 0.0


class ClassNumbers:
    """The sums of a class. Call `add` for each mark, then read them."""

    def __init__(self, *, waiting: Collection[str] = ()) -> None:
        """waiting: keys of the submissions that the run was stopped before."""
        self.rows: list[StudentRow] = []
        self.graded = 0
        self.max_score: float = MAX_SCORE
        self.steps: dict[int, StepFigures] = {}
        self._waiting = waiting
        self._identical: dict[str, list[str]] = {}
        self._levels: dict[float, _Level] = {}
        self._tests: dict[str, tuple[int, bool]] = {}

    def add(self, mark: Mark, misconception: Misconception | None) -> None:
        """Count one submission."""
        entry, result = mark.entry, mark.result
        row = student_row(mark, misconception, waiting=entry.key in self._waiting)
        self.rows.append(row)
        if mark.identical_to and not mark.untouched:
            self._identical.setdefault(min(entry.key, *mark.identical_to), []).append(row.name)
        if not row.graded:
            return
        self.graded += 1
        self.max_score = result.max_score
        level = self._levels.setdefault(result.score + result.bonus, _Level())
        level.count += 1
        for test in result.tests:
            self._tests[test.id] = (test.step, test.hidden)
            level.passed[test.id] += test.status == "passed"
        for each in result.steps:
            figures = self.steps.setdefault(each.step, StepFigures(each.title))
            figures.score, figures.max_score = figures.score + each.score, figures.max_score + each.max_score
            figures.done += each.status == "passed"

    @property
    def students(self) -> int:
        """How many submissions there are."""
        return len(self.rows)

    @property
    def names(self) -> dict[str, str]:
        """Names by key."""
        return {row.key: row.name for row in self.rows}

    @property
    def marked_steps(self) -> dict[int, StepFigures]:
        """The steps that have marks, in their order."""
        return {number: figures for number, figures in sorted(self.steps.items()) if figures.max_score}

    def in_state(self, *states: str) -> list[StudentRow]:
        """Return the rows in one of these states, by name."""
        return sorted((row for row in self.rows if row.state in states), key=lambda row: row.name)

    def misconceptions(self) -> list[tuple[Misconception, list[StudentRow]]]:
        """Return each misconception with its students, the most frequent one first."""
        found: dict[str, tuple[Misconception, list[StudentRow]]] = {}
        for row in sorted(self.rows, key=lambda row: row.name):
            if row.cause:
                found.setdefault(row.cause.name, (row.cause, []))[1].append(row)
        return sorted(found.values(), key=lambda each: (-len(each[1]), each[0].name))

    def hardest(self) -> list[int]:
        """Return the steps with the smallest share of marks first. The bonus is optional, so it is not hard.

        A step of which everybody has all marks is not hard either.
        """
        steps = {number: step for number, step in self.marked_steps.items() if not is_bonus(number)}
        return sorted((number for number in steps if steps[number].share < 1), key=lambda number: steps[number].share)

    def identical(self) -> list[list[str]]:
        """Return the names of students with identical submissions, group by group."""
        return sorted(sorted(names) for names in self._identical.values() if len(names) > 1)

    @property
    def _scores(self) -> list[float]:
        return [row.score for row in self.rows if row.graded]

    def share_of_passes(self) -> float:
        """Return the share of the graded who have at least PASSES of the marks; 0 if there are none."""
        return sum(score >= PASSES * self.max_score for score in self._scores) / self.graded if self.graded else 0.0

    def points(self) -> dict[str, float]:
        """Return the lowest, the quartile and the highest marks; nothing if nobody was graded."""
        if len(self._scores) < 2:  # quantiles of one number are an error before Python 3.13
            return {"the only mark": self._scores[0]} if self._scores else {}
        marks = (min(self._scores), *quantiles(self._scores, n=4, method="inclusive"), max(self._scores))
        names = ("lowest", "lower quarter", "median", "upper quarter", "highest")
        return {name: round(mark, 1) for name, mark in zip(names, marks, strict=True)}

    def mean(self) -> float:
        """Return the mean mark of the graded. Raises statistics.StatisticsError if there are none."""
        return round(fmean(self._scores), 1)

    def distribution(self) -> list[tuple[str, int]]:
        """Return the range of marks and the number of students of each bar. The last one includes the maximum."""
        last = max(1, int(self.max_score // BAR)) - 1
        counts = Counter(min(int(score // BAR), last) for score in self._scores)
        # Marks can be halves: 9.5 is in the bar of 0 to 9.
        return [
            (f"{BAR * bar}–{BAR * bar + BAR - 1 if bar < last else self.max_score:g}", counts[bar])
            for bar in range(last + 1)
        ]

    def tests(self) -> Iterator[TestFigures]:
        """Yield the figures of each test, in the order of the suite."""
        weights = self._weights()
        for name, (step, hidden) in self._tests.items():
            passed = sum(level.passed[name] for level in self._levels.values())
            share, index = passed / self.graded, None
            if self.graded >= FEWEST:
                index = round(sum(level.passed[name] * weight for level, weight in weights), 2) + 0.0
            difficulty = next(word for least, word in DIFFICULTY if share >= least)
            quality = "" if index is None else next(word for least, word in DISCRIMINATION if index >= least)
            error = sqrt(2 * share * (1 - share) / (GROUP * self.graded))
            backwards = index is not None and index < -2 * error
            yield TestFigures(name, step, hidden, passed, share, difficulty, index, quality, backwards)

    def _weights(self) -> list[tuple[_Level, float]]:
        """Return what one student of each level contributes to D: 1/size in the upper group, -1/size in the lower."""
        size = GROUP * self.graded
        levels = [self._levels[marks] for marks in sorted(self._levels)]
        summed = [0.0] * len(levels)
        for order, sign in ((range(len(levels) - 1, -1, -1), 1), (range(len(levels)), -1)):
            left = size
            for at in order:
                taken = min(levels[at].count, left)
                summed[at] += sign * taken / levels[at].count / size
                left -= taken
        return [(level, summed[at]) for at, level in enumerate(levels)]
