"""Print a result in the terminal: the ladder of steps, the marks, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grading.results.reading import first_open, marks_in_words, not_checked_yet
from grading.results.result import Result, StepResult, TestResult
from grading.results.steps import STEPS, is_bonus, marks_own_tests, step

if TYPE_CHECKING:
    from grading.results.misconceptions import Misconception

# Each colour has a sign and a word beside it, for those who cannot see it.
_STATUS = {
    "passed": "[green]✓ done[/]",
    "failed": "[red]✗ not yet[/]",
    "unmarked": "[dim]· not marked here[/]",
}
_BAR = 10
ALL_DONE = "Everything that was checked works. Well done!"


def show_result(console: Console, result: Result, title: str) -> None:
    """Print the table of steps and the marks; for a result that was not graded, the reason."""
    if not result.graded:
        console.print(f"[bold]{escape(title)}[/]: [red]not graded[/], 0 of {result.max_score:g}")
        console.print(escape(result.reason or ""), highlight=False)
        return
    console.print(ladder(result, title))
    run = {test.step for test in result.tests}
    if len(run) == 1 and (rows := [row for row in result.steps if row.step in run]):
        console.print(f"[bold]{marks_in_words(rows[0].score, rows[0].max_score)}[/] of this step.", highlight=False)
        return
    unmarked = [str(row.step) for row in result.steps if row.status == "unmarked"]
    how = f": grade check --step {unmarked[0]}" if unmarked and marks_own_tests() else ""
    note = f" Step {', '.join(unmarked)} (your own tests) is not marked here{how}." if unmarked else ""
    said = marks_in_words(result.score, result.max_score, result.bonus)
    console.print(f"[bold]{said}[/].{note}", highlight=False)


def ladder(result: Result, title: str) -> Table:
    """Return the table of steps: a bar, marks and a status each."""
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading, justify in (("Step", "right"), ("", "left"), ("", "left"), ("Marks", "right"), ("", "left")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in result.steps:
        bar = progress_bar(row.score, row.max_score)
        table.add_row(str(row.step), escape(row.title), bar, _marks(row), _state(row, result.tests))
    return table


def summary(tests: Sequence[TestResult]) -> Iterator[str]:
    """Yield a line for each step that was tested, then one about what to do next: plain text, for pytest's output."""
    words = {"passed": "passed", "failed": "failed", "error": "failed", "skipped": "not checked"}
    for row in STEPS:
        counts = Counter(words[test.status] for test in tests if test.step == row.number)
        if counts:
            yield f"step {row.number:>2}  {row.title:<22} {', '.join(f'{n} {word}' for word, n in counts.items())}"
    test = first_open(tests)
    yield f"next: {step(test.step).where}" if test else ALL_DONE


def show_next(console: Console, result: Result, cause: Misconception | None = None) -> None:
    """Print the first open step: its objective, its first message, which names the hint, and its likely cause."""
    test = first_open(result.tests)
    if test is None:
        console.print(ALL_DONE)
        return
    row = step(test.step)
    console.print(f"\n[bold]Next: step {row.number}, {escape(row.title)}[/]", highlight=False)
    console.print(escape(row.objective), highlight=False)
    console.print()
    console.print(escape(test.message), highlight=False, soft_wrap=True)
    if cause is not None:
        read = f" Read: {cause.where}." if cause.where else ""
        console.print(f"\nThis often happens when {escape(cause.explanation + read)}", highlight=False, soft_wrap=True)


def progress_bar(score: float, max_score: float, width: int = _BAR) -> str:
    """Return a bar of `width` characters, filled in proportion; "" if there are no marks to get."""
    filled = round(width * score / max_score) if max_score else 0
    return "█" * filled + "░" * (width - filled) if max_score else ""


def _marks(row: StepResult) -> str:
    if not row.max_score:
        return ""
    bonus = " bonus" if is_bonus(row.step) else ""
    return f"{row.score:g}/{row.max_score:g}{bonus}"


def _state(row: StepResult, tests: tuple[TestResult, ...]) -> str:
    mine = [test for test in tests if test.step == row.step]
    if not mine and row.status == "skipped":
        return "[dim]· not checked now[/]"
    if row.status == "skipped":
        said = not_checked_yet(next(test for test in mine if test.status == "skipped"))
        return f"[dim]· {said[:1].lower()}{said[1:]}[/]"
    passed = sum(test.status == "passed" for test in mine)
    count = f" ({passed} of {len(mine)} tests)" if row.status == "failed" else ""
    return _STATUS[row.status] + count
