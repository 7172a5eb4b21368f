"""A step of which everybody has all marks is called hard nowhere."""

from __future__ import annotations

from pathlib import Path

from grading.tests.marks import a_mark, a_result, message, write_pages


def pages(out: Path, *broken: int) -> tuple[str, str]:
    results = [a_result({step: message() for step in broken}), *[a_result()] * 9]
    write_pages([a_mark(result, f"s{at}") for at, result in enumerate(results)], out, nearest=lambda result: None)
    summary, report = (out / name for name in ("class-summary.html", "class-report.html"))
    return summary.read_text(encoding="utf-8"), report.read_text(encoding="utf-8")


def test_only_steps_that_cost_marks_are_named(tmp_path: Path) -> None:
    summary, report = pages(tmp_path, 6)
    assert "Hardest: step 6, Handle failures (90 % of its marks). A pass is" in summary
    assert 'Hardest step: <a href="#steps">6 Handle failures</a>, 90 % of its marks reached' in report


def test_where_nobody_lost_any_no_step_is_named(tmp_path: Path) -> None:
    summary, report = pages(tmp_path)
    assert "ardest" not in summary
    assert "<p>A pass is" in summary
    assert "ardest" not in report
