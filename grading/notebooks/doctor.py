"""Check that the notebooks have what they need: a small part of `grade doctor`, for the first notebook."""

from __future__ import annotations

import sys

from grading.environment import OLDEST
from grading.laptop.doctor import packages
from grading.notebooks.checking import shown_target, target
from grading.notebooks.panel import Panel, Table


def doctor() -> Panel:
    """Check Python, its packages and the learner's program; say what to do about anything missing."""
    rows = [
        (sys.version_info >= OLDEST, f"Python {sys.version.split()[0]}; {OLDEST[0]}.{OLDEST[1]} or newer is needed."),
        packages(),
        ((target() / "main.py").is_file(), f"Your program is {shown_target()}."),
    ]
    good = all(good for good, _ in rows)
    table = Table(("state", "what"), [("✓ fine" if good else "✗ to do", text) for good, text in rows])
    return Panel("You have everything you need." if good else "Something is missing.", (table,), good)
