"""Show a result in the terminal: the ladder of steps, the marks, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grading.result import Result, StepResult, TestResult
from grading.steps import MAX_BONUS, STEPS, step

if TYPE_CHECKING:
    from grading.misconceptions import Misconception

# A word beside each sign and colour: nothing is told by colour alone.
_STATUS = {
    "passed": "[green]✓ done[/]",
    "failed": "[red]✗ not yet[/]",
    "skipped": "[dim]· not checked yet[/]",
    "unmarked": "[dim]· not marked yet[/]",
}
_BAR = 10


def show_result(console: Console, result: Result, title: str) -> None:
    """Print the table of steps and the marks; for a result that was not graded, the reason."""
    if not result.graded:
        console.print(f"[bold]{escape(title)}[/]: [red]not graded[/], 0 of {result.max_score:g}")
        console.print(escape(result.reason or ""), highlight=False)
        return
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading, justify in (("Step", "right"), ("", "left"), ("", "left"), ("Marks", "right"), ("", "left")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in result.steps:
        table.add_row(str(row.step), escape(row.title), _bar(row), _marks(row), _state(row, result.tests))
    console.print(table)
    unmarked = [str(row.step) for row in result.steps if row.status == "unmarked"]
    note = f" Step {', '.join(unmarked)} (your own tests) is not marked yet." if unmarked else ""
    console.print(
        f"[bold]{result.score:g} of {result.max_score:g} marks[/], bonus {result.bonus:g} of {MAX_BONUS}.{note}",
        highlight=False,
    )


def first_open(tests: Iterable[TestResult]) -> TestResult | None:
    """Return the first test to look at; those of bonus and hands-on steps come last, skipped ones after all."""
    still_open = [test for test in tests if test.status != "passed"]
    return min(
        still_open,
        key=lambda test: (test.status == "skipped", not test.step or not step(test.step).core, test.step),
        default=None,
    )


def summary(tests: Sequence[TestResult]) -> Iterator[str]:
    """Yield one line for each step that was tested, and then what to do next: plain text, for pytest's own output."""
    words = {"passed": "passed", "failed": "failed", "error": "failed", "skipped": "not checked"}
    for row in STEPS:
        counts = Counter(words[test.status] for test in tests if test.step == row.number)
        if counts:
            yield f"step {row.number:>2}  {row.title:<22} {', '.join(f'{n} {word}' for word, n in counts.items())}"
    test = first_open(tests)
    yield f"next: {step(test.step).where}" if test else "Everything that was checked works. Well done!"


def show_next(console: Console, result: Result, cause: Misconception | None = None) -> None:
    """Print the first open step: its objective, its first message, which names the hint, and what often causes that."""
    test = first_open(result.tests)
    if test is None:
        console.print("Everything that was checked works. Well done!")
        return
    row = step(test.step)
    console.print(f"\n[bold]Next: step {row.number}, {escape(row.title)}[/]", highlight=False)
    console.print(escape(row.objective), highlight=False)
    console.print()
    console.print(escape(test.message), highlight=False, soft_wrap=True)
    if cause is not None:
        read = f" Read: {cause.where}." if cause.where else ""
        console.print(f"\nThis often happens when {escape(cause.explanation + read)}", highlight=False, soft_wrap=True)


def _bar(row: StepResult) -> str:
    filled = round(_BAR * row.score / row.max_score) if row.max_score else 0
    return "█" * filled + "░" * (_BAR - filled) if row.max_score else ""


def _marks(row: StepResult) -> str:
    if not row.max_score:
        return ""
    bonus = " bonus" if row.step and step(row.step).judged == "bonus" else ""
    return f"{row.score:g}/{row.max_score:g}{bonus}"


def _state(row: StepResult, tests: tuple[TestResult, ...]) -> str:
    mine = [test for test in tests if test.step == row.step]
    passed = sum(test.status == "passed" for test in mine)
    count = f" ({passed} of {len(mine)} tests)" if row.status == "failed" else ""
    return _STATUS[row.status] + count
