"""The report on a class for its instructor: one HTML page that needs no network and no mouse.

Its only script sorts the table of students. The page's policy names the script's hash, so nothing else on the page can
run, and without it nothing is missing but the sorting.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from grading.pages import charts, class_numbers, similarity
from grading.pages.class_numbers import FEWEST, ClassNumbers
from grading.pages.names_of_tests import OWN_TESTS
from grading.pages.render import percent, render
from grading.pages.same import named, similar_groups
from grading.pages.similarity import SimilarPair
from grading.pages.students import heat_map
from grading.results.steps import is_bonus

_HARDEST = 10
_SORT = (Path(__file__).parent / "templates" / "sort.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Findings:
    """What was found out about the class beside its marks."""

    pairs: Sequence[SimilarPair] | None = None
    """None if nobody looked for similar submissions."""
    same_files: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    """The name of a file -> groups of keys whose submissions have the same one."""
    waiting: Collection[str] = ()
    """Keys of the submissions that the run was stopped before."""


def class_report_html(
    numbers: ClassNumbers, findings: Findings | None = None, pages: Mapping[tuple[str, str], str] | None = None
) -> str:
    """Return the page. pages: the page that shows both programs, for pairs of keys that have one."""
    findings = findings or Findings()
    tests = list(numbers.tests())
    own_tests = [test for test in tests if test.id.startswith(OWN_TESTS)]
    program_tests = [test for test in tests if test not in own_tests]
    # The bonus is optional: that few students have it does not make it hard.
    fewest = sorted((t for t in program_tests if not is_bonus(t.step)), key=lambda test: test.share)[:_HARDEST]
    distribution = numbers.distribution()
    marks = ", ".join(f"{label} marks: {count}" for label, count in distribution if count) or "Nobody was graded"
    steps = numbers.marked_steps
    pairs = findings.pairs
    return render(
        "class_report.html.j2",
        numbers=numbers,
        waiting=findings.waiting,
        has_counts=any(row.late or row.decided for row in numbers.rows),
        heat_map=heat_map(numbers.rows, {number: row.title for number, row in steps.items()}),
        distribution=distribution,
        distribution_chart=charts.columns("marks", f"Column chart of marks and students. {marks}.", distribution),
        steps=steps,
        hardest=next(iter(numbers.hardest()), None),
        steps_chart=_shares(
            "steps",
            "Bar chart of the share of marks that the class got",
            [(f"{number or ''} {row.title}".strip(), row.share) for number, row in steps.items()],
        ),
        program_tests=program_tests,
        # In a small class this means nothing, and the bonus is optional.
        odd=[
            test
            for test in program_tests
            if test.reversed or (not test.passed and numbers.graded >= FEWEST and not is_bonus(test.step))
        ],
        fewest=fewest,
        tests_chart=_shares(
            "tests",
            "Bar chart of the tests that fewest passed",
            [(f"{test.step}: {_cut(test.what)}", test.share) for test in fewest],
        ),
        own_tests=sorted(own_tests, key=lambda test: test.share),
        own_step=own_tests[0].step if own_tests else 0,
        misconceptions=numbers.misconceptions(),
        late=sorted((row for row in numbers.rows if row.is_late), key=lambda row: row.name),
        ungraded=numbers.in_state("not graded"),
        untouched=numbers.in_state("as handed out"),
        identical=numbers.identical(),
        same_files={name: named(groups, numbers.names) for name, groups in findings.same_files.items()},
        similar=None if pairs is None else similar_groups(pairs, numbers.names, pages or {}),
        charts=charts,
        limits=class_numbers,
        similarity=similarity,
        sort_script=Markup(_SORT),
        sort_hash=base64.b64encode(hashlib.sha256(_SORT.encode()).digest()).decode(),
    )


def _shares(name: str, what: str, rows: Sequence[tuple[str, float]]) -> Markup | None:
    bars = [(label, share, percent(share)) for label, share in rows]
    told = "; ".join(f"{label}: {text}" for label, _, text in bars)
    return charts.shares(name, f"{what}. {told}.", bars) if bars else None


def _cut(text: str, limit: int = 46) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
