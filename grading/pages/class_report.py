"""The report on a class for its instructor: one HTML page that needs no network, no script and no mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grading.pages import charts
from grading.pages.class_numbers import BAR, DIFFICULTY, DISCRIMINATION, FEWEST, ClassNumbers, StepFigures, TestFigures
from grading.pages.feedback import is_bonus, readable
from grading.pages.render import percent, render
from grading.pages.similarity import INSTALL, LEAST_PASSAGES, LEAST_SHARE, MOST_PAIRS, SimilarPair

_HARDEST = 10


def class_report_html(numbers: ClassNumbers, pairs: Sequence[SimilarPair] | None) -> str:
    """Return the page. `pairs` is None if nobody looked for similar submissions; their names are in `numbers`."""
    tests = list(numbers.tests())
    steps = {number: row for number, row in sorted(numbers.steps.items()) if row.max_score}
    # Nobody needs the bonus: that few have it does not make it hard.
    hardest = min((n for n in steps if not is_bonus(n)), key=lambda n: steps[n].share, default=None)
    distribution = numbers.distribution()
    wrong = sorted(numbers.misconceptions.values(), key=lambda found: (-found[1], found[0].name))
    fewest = sorted((test for test in tests if not is_bonus(test.step)), key=lambda test: test.share)[:_HARDEST]
    return render(
        "class_report.html.j2",
        numbers=numbers,
        distribution=distribution,
        distribution_chart=charts.columns("marks", _told_distribution(distribution), distribution),
        steps=steps,
        hardest=steps[hardest] if hardest is not None else None,
        hardest_number=hardest,
        steps_chart=_steps_chart(steps),
        tests=tests,
        # In a small class that says nothing, and nobody needs the bonus.
        odd=[t for t in tests if t.reversed or (not t.passed and numbers.graded >= FEWEST and not is_bonus(t.step))],
        tests_chart=_tests_chart(fewest),
        misconceptions=wrong,
        late=sorted(numbers.late, key=lambda row: row[0]),
        ungraded=sorted(numbers.ungraded),
        identical=numbers.identical(),
        pairs=pairs,
        no_pairs=INSTALL,
        no_charts=charts.INSTALL,
        limits={"share": LEAST_SHARE, "passages": LEAST_PASSAGES, "pairs": MOST_PAIRS},
        bar=BAR,
        fewest=FEWEST,
        difficulty=DIFFICULTY,
        discrimination=DISCRIMINATION,
    )


def _told_distribution(bars: Sequence[tuple[str, int]]) -> str:
    told = ", ".join(f"{label} marks: {count}" for label, count in bars if count)
    return f"Column chart of marks and students. {told or 'Nobody was graded'}."


def _steps_chart(steps: Mapping[int, StepFigures]) -> object:
    rows = [(f"{number or ''} {row.title}".strip(), row.share) for number, row in steps.items()]
    return _shares("steps", "Bar chart of the share of marks that the class got", rows)


def _tests_chart(tests: Sequence[TestFigures]) -> object:
    rows = [(f"{test.step}: {_cut(readable(test.id))}", test.share) for test in tests]
    return _shares("tests", "Bar chart of the tests that fewest passed", rows)


def _shares(name: str, what: str, rows: Sequence[tuple[str, float]]) -> object:
    told = "; ".join(f"{label}: {percent(share)}" for label, share in rows)
    bars = [(label, share, percent(share)) for label, share in rows]
    return charts.shares(name, f"{what}. {told}.", bars) if bars else None


def _cut(text: str, limit: int = 46) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
