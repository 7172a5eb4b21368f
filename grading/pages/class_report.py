"""The report on a class for its instructor: one HTML page that needs no network, no script and no mouse."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from grading.pages import charts, class_numbers, similarity
from grading.pages.class_numbers import FEWEST, ClassNumbers
from grading.pages.render import percent, render
from grading.pages.similarity import SimilarPair
from grading.results.steps import is_bonus

_HARDEST = 10


def class_report_html(numbers: ClassNumbers, pairs: Sequence[SimilarPair] | None) -> str:
    """Return the page. pairs: None if nobody looked for similar submissions; their names are in `numbers`."""
    tests = list(numbers.tests())
    steps = {number: row for number, row in sorted(numbers.steps.items()) if row.max_score}
    # The bonus is optional: that few students have it does not make it hard.
    hardest = min((n for n in steps if not is_bonus(n)), key=lambda n: steps[n].share, default=None)
    fewest = sorted((test for test in tests if not is_bonus(test.step)), key=lambda test: test.share)[:_HARDEST]
    distribution = numbers.distribution()
    marks = ", ".join(f"{label} marks: {count}" for label, count in distribution if count) or "Nobody was graded"
    return render(
        "class_report.html.j2",
        numbers=numbers,
        distribution=distribution,
        distribution_chart=charts.columns("marks", f"Column chart of marks and students. {marks}.", distribution),
        steps=steps,
        hardest=None if hardest is None else steps[hardest],
        hardest_number=hardest,
        steps_chart=_shares(
            "steps",
            "Bar chart of the share of marks that the class got",
            [(f"{number or ''} {row.title}".strip(), row.share) for number, row in steps.items()],
        ),
        tests=tests,
        # In a small class this means nothing, and the bonus is optional.
        odd=[t for t in tests if t.reversed or (not t.passed and numbers.graded >= FEWEST and not is_bonus(t.step))],
        tests_chart=_shares(
            "tests",
            "Bar chart of the tests that fewest passed",
            [(f"{test.step}: {_cut(test.what)}", test.share) for test in fewest],
        ),
        misconceptions=sorted(numbers.misconceptions.values(), key=lambda found: (-found[1], found[0].name)),
        late=sorted(numbers.late, key=lambda row: row[0]),
        ungraded=sorted(numbers.ungraded),
        identical=numbers.identical(),
        pairs=pairs,
        charts=charts,
        limits=class_numbers,
        similarity=similarity,
    )


def _shares(name: str, what: str, rows: Sequence[tuple[str, float]]) -> Markup | None:
    bars = [(label, share, percent(share)) for label, share in rows]
    told = "; ".join(f"{label}: {text}" for label, _, text in bars)
    return charts.shares(name, f"{what}. {told}.", bars) if bars else None


def _cut(text: str, limit: int = 46) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
