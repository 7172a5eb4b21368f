"""Is everything there that the notebooks need? Asked by the first one."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

from grading import KIT
from grading.notebooks.checking import shown_target, target
from grading.notebooks.panel import Panel, Table


def doctor() -> Panel:
    """Look at Python, packages, the learner's program and the model; say what to do about what is missing."""
    rows = [*_needed(), *_useful()]
    missing = [row for row in _needed() if row[1] == "✗ missing"]
    title = "Something is missing. The table says what to do." if missing else "Everything that you need is there."
    return Panel(title, (Table(("what", "state", "about it"), rows),), not missing)


def _needed() -> list[tuple[str, str, str]]:
    version = ".".join(map(str, sys.version_info[:3]))
    # The kit's own environment, or one that somebody made on purpose: what counts is that the packages are in it.
    rows = [("Python 3.10 or newer", "✓ there" if sys.version_info >= (3, 10) else "✗ missing", version)]
    for package in ("litellm", "fastapi", "uvicorn", "pydantic", "pytest"):
        try:
            rows.append((package, "✓ there", metadata.version(package)))
        except metadata.PackageNotFoundError:
            rows.append(
                (package, "✗ missing", "Choose the kernel of the kit's .venv, or run: python3 -m grading setup")
            )
    there = (target() / "main.py").is_file()
    rows.append(("your program", "✓ there" if there else "✗ missing", shown_target()))
    return rows


def _useful() -> list[tuple[str, str, str]]:
    from grading.model.weights import fetched

    try:
        model = "✓ there" if fetched() else "· not yet"
    except OSError:  # nobody may look into the cache
        model = "· unknown"
    key = any(Path(folder, ".env").is_file() for folder in (KIT, target()))
    return [
        ("the small model", model, "Not needed here. `grade serve` fetches it once (93 MB)."),
        ("a .env file", "✓ there" if key else "· none", "Not needed here, and never read by the notebooks."),
        ("a network, a key", "· not asked", "Not needed here."),
    ]
