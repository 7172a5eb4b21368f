"""Print a result in the terminal: the ladder of steps, the marks, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grading.results.reading import first_open, marks_in_words
from grading.results.result import Result, TestResult
from grading.results.steps import STEPS, marks_own_tests, step
from grading.results.view import ALL_DONE, Message, Row, View, view

if TYPE_CHECKING:
    from grading.results.misconceptions import Misconception

_COLOURS = {"✓": "green", "✗": "red"}
_BAR = 10


def show_result(console: Console, result: Result, title: str) -> None:
    """Print the table of steps and the marks; for a result that was not graded, the reason."""
    if not result.graded:
        console.print(f"[bold]{escape(title)}[/]: [red]not graded[/], 0 of {result.max_score:g}")
        console.print(escape(result.reason or ""), highlight=False)
        return
    seen = view(result)
    console.print(ladder(seen, title, bars=console.is_terminal))
    run = {test.step for test in result.tests}
    if len(run) == 1 and (rows := [row for row in result.steps if row.step in run]):
        console.print(f"[bold]{marks_in_words(rows[0].score, rows[0].max_score)}[/] of this step.", highlight=False)
        return
    unmarked = [str(row.step) for row in result.steps if row.status == "unmarked"]
    note = f" Step {', '.join(unmarked)} (your own tests) is not marked here." if unmarked else ""
    console.print(f"[bold]{seen.marks.removesuffix('.')}[/].{note}", highlight=False)
    if unmarked and marks_own_tests():
        console.print(f"To mark it: [bold]grade check --step {unmarked[0]}[/]", highlight=False)


def show_unread(console: Console, result: Result, title: str) -> None:
    """Print why a student's program could not be checked: it costs nothing, so no marks are named."""
    console.print(f"[bold]{escape(title)}[/]: [red]✗ not checked yet[/]. Fix this first:", highlight=False)
    console.print(escape(view(result).reason), highlight=False, soft_wrap=True)


def ladder(seen: View, title: str, *, bars: bool = True) -> Table:
    """Return the table of steps: a bar, marks and a state each. A screen reader spells out bars: leave them out."""
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    columns = [("Step", "right"), ("", "left"), *[("", "left")] * bars, ("Marks", "right"), ("", "left")]
    for heading, justify in columns:
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in seen.rows:
        bar = [progress_bar(row.score, row.max_score)] * bars
        table.add_row(str(row.step), escape(row.title), *bar, row.marks, state(row))
    return table


def state(row: Row) -> str:
    """Return sign, word and count of a step's state, as rich markup."""
    colour = _COLOURS.get(row.sign, "dim")
    count = f" ({row.tests})" if row.tests else ""
    return f"[{colour}]{row.sign} {row.state}[/]{count}"


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
    seen = view(result, cause)
    if not seen.messages:
        console.print(ALL_DONE)
        return
    first = seen.messages[0]
    console.print(f"\n[bold]Next: step {first.step}, {escape(first.title)}[/]", highlight=False)
    console.print(escape(first.objective), highlight=False)
    console.print()
    console.print(escape(first.text), highlight=False, soft_wrap=True)
    if first.often:
        console.print(f"\n{escape(first.often)}", highlight=False, soft_wrap=True)
    if more := len(seen.messages) - 1:
        tests = "test" if more == 1 else "tests"
        how = "[bold]grade check --all[/] lists them."
        console.print(f"\nBesides this, {more} more {tests} failed: {how}", highlight=False)


def show_all(console: Console, result: Result, cause: Misconception | None = None) -> None:
    """Print the message of every failing test, by step; equal ones once, below the names of their tests."""
    seen = view(result, cause)
    if not seen.messages:
        console.print(ALL_DONE)
    for number, of_step in groupby(seen.messages, lambda message: message.step):
        told: dict[str, list[Message]] = {}
        for message in of_step:
            told.setdefault(message.text, []).append(message)
        row = next(row for row in seen.rows if row.step == number)
        console.print(f"\n[bold]Step {number}, {escape(row.title)}[/]: {state(row)}", highlight=False)
        for text, messages in told.items():
            for message in messages:
                console.print(f"\n[red]✗[/] {escape(message.subject)}", highlight=False, soft_wrap=True)
            console.print(escape(text), highlight=False, soft_wrap=True)
            if often := next((message.often for message in messages if message.often), ""):
                console.print(escape(often), highlight=False, soft_wrap=True)


def progress_bar(score: float, max_score: float, width: int = _BAR) -> str:
    """Return a bar of `width` characters, filled in proportion; "" if there are no marks to get."""
    filled = round(width * score / max_score) if max_score else 0
    return "█" * filled + "░" * (width - filled) if max_score else ""
