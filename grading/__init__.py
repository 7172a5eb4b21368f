"""The grader of the kit. `grade --help` lists its commands; ARCHITECTURE.md is the map of its packages."""

from pathlib import Path

KIT = Path(__file__).resolve().parent.parent
"""The kit's top folder: where starter/, solution/, tests/ and pyproject.toml stand."""
GALLERY = KIT / "grading" / "gallery"
"""Programs with known marks; a student's copy of the kit has only what `grade check` knows of them."""

__version__ = "1.0.0"
