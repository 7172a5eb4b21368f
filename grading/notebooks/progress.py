"""The ten steps with ticks, for the first notebook."""

from __future__ import annotations

from grading.checking.progress import progress_rows, read_progress
from grading.notebooks.checking import target
from grading.notebooks.panel import Panel, Table
from grading.results.steps import STEPS


def progress() -> Panel:
    """Show which steps are done, and since when. The checks of notebooks, terminal and page all count."""
    kept, damaged = read_progress(target())
    table = Table(("step", "", "", "first done", "hints read"), progress_rows(kept))
    done = sum(record.done for record in kept.steps.values())
    return Panel(f"Your progress: {done} of {len(STEPS)} steps", (damaged, table) if damaged else (table,))
