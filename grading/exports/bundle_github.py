"""`grade bundle github`: a template repository whose GitHub Actions grade each push, without any classroom service.

All of it is in the student's repository, so students can change it (see `TOLD`), and it has no hidden tests.
"""

from __future__ import annotations

from pathlib import Path

from grading.exports.release import Files, release_files

WORKFLOW = ".github/workflows/grade.yml"
TOLD = (
    "Put it into a template repository, from which each student makes their own. (GitHub Classroom ended on "
    "28 August 2026; its successor Classroom 50 has a bundle of its own: grade bundle classroom50.)",
    "It is a self-check: students can change what is in their repository. For marks that count, clone the "
    "repositories into one folder, and run grade class on that.",
)
_NEEDED = tuple(f"grading/exports/{name}.py" for name in ("__init__", "result_markdown"))
_JOB = Path(__file__).with_name("github_workflow.yml")


def github_bundle() -> Files:
    """Return the files of the template repository. Raises NoSolution."""
    return {WORKFLOW: _JOB.read_bytes(), **release_files(_NEEDED)}
