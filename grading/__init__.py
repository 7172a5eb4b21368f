"""The grader of the kit. `grade --help` lists its commands; ARCHITECTURE.md is the map of its packages."""

from pathlib import Path

KIT = Path(__file__).resolve().parent.parent
"""The kit's top folder: where starter/, solution/, tests/ and pyproject.toml stand."""
GALLERY = KIT / "grading" / "gallery"
"""Programs with known marks; a student's copy of the kit has only what `grade check` knows of them."""

ASSIGNMENT_VARIABLE = "GRADE_ASSIGNMENT"
"""The environment variable with the folder of another assignment; the grader's own processes inherit it."""


class AssignmentError(Exception):
    """A folder holds no assignment that can be graded; the text says why, and what to do."""


__version__ = "1.0.0"
