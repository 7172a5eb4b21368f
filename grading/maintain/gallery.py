"""The programs of the gallery, and what is known of them; see grading/gallery/README.md."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from grading import GALLERY
from grading.webapp.frameworks import SETUP


def programs(kind: str) -> list[Path]:
    """Return the folders of the "correct" or the "wrong" programs that can run here, by name."""
    return [program for program in all_programs(kind) if not lacks(program)]


def all_programs(kind: str) -> list[Path]:
    """Return the folders of the "correct" or the "wrong" programs, by name."""
    return sorted(path for path in (GALLERY / kind).iterdir() if (path / "main.py").is_file())


def lacks(program: Path) -> str:
    """Say which package the program needs, by its `package`, that is not installed here; "" if it can run."""
    package = about(program).get("package", "sys")
    return "" if find_spec(package) else f"{package} is not installed: {SETUP}"


def about(program: Path) -> dict[str, Any]:
    """Return what the program's program.toml says."""
    return tomllib.loads((program / "program.toml").read_text(encoding="utf-8"))
