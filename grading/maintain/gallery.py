"""The programs of the gallery, and what is known of them; see grading/gallery/README.md."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from grading import GALLERY


def programs(kind: str) -> list[Path]:
    """Return the folders of the "correct" or the "wrong" programs, by name."""
    return sorted(path for path in (GALLERY / kind).iterdir() if (path / "main.py").is_file())


def about(program: Path) -> dict[str, Any]:
    """Return what the program's program.toml says."""
    return tomllib.loads((program / "program.toml").read_text(encoding="utf-8"))
