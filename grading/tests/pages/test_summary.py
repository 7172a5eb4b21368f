"""The summary for a dean names nobody, fits one screen's worth of figures, and compares with last year."""

from __future__ import annotations

from pathlib import Path

from grading.pages.class_numbers import ClassNumbers
from grading.pages.summary_report import LEAST, summary_html
from grading.tests.marks import a_mark, a_result, message, write_pages
from grading.tests.pages.test_class_report import a_class


def a_year(done: int, failed: int) -> ClassNumbers:
    """A class of which some did everything, and some only the first steps."""
    numbers = ClassNumbers()
    for number in range(done + failed):
        broken = dict.fromkeys(range(3, 9), message()) if number >= done else {}
        numbers.add(a_mark(a_result(broken), f"s{number}", f"Canary {number}"), None)
    return numbers


def test_it_names_nobody(tmp_path: Path) -> None:
    write_pages(a_class(), tmp_path, nearest=lambda result: None)
    page = (tmp_path / "class-summary.html").read_text(encoding="utf-8")
    for name in ("Ada", "Bo &lt;b&gt;", "Cy", "Eve", "feedback/", "canary"):
        assert name not in page
    assert "Canary" not in summary_html(a_year(6, 4))


def test_it_has_spread_pass_rate_and_the_hardest_steps() -> None:
    page = summary_html(a_year(6, 4))
    assert "60 % passed; the median is 90 of 90 marks" in page
    assert "Hardest: step 3, Call LiteLLM (60 % of its marks)" in page
    assert '<th scope="row">Lowest</th><td class="number">22 %</td>' in page
    assert "Last year" not in page


def test_last_year_stands_beside_it() -> None:
    page = summary_html(a_year(6, 4), a_year(4, 6))
    assert '<th scope="row">Passed</th><td class="number">60 %</td><td class="number">40 %</td>' in page
    assert '<th scope="row">3 Call LiteLLM</th><td class="number">60 %</td><td class="number">40 %</td>' in page


def test_a_class_so_small_that_figures_would_name_persons_has_none() -> None:
    page = summary_html(a_year(LEAST - 1, 0))
    assert "passed;" not in page
    assert "Lowest" not in page
    assert "Call LiteLLM" not in page


def test_a_stopped_run_says_so() -> None:
    assert "2 of 10 submissions have no result yet" in summary_html(a_year(6, 4), waiting=2)
