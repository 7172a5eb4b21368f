"""What marks depend on beside the submission: the suite, the grader's own code, the installed versions."""

from __future__ import annotations

import functools
import hashlib
import platform
from collections.abc import Iterable
from pathlib import Path

from grading import KIT, __version__
from grading.results.assignment import ASSIGNMENT
from grading.results.steps import OWN_TESTS_PROGRAMS, marks_own_tests

DECIDES = ("results", "intake", "harness", "processes", "judging")
"""The grader's packages that decide marks, whatever the assignment; each assignment names more."""


@functools.cache
def suite_hash() -> str:
    """Hash the suite and the packages that decide marks. Cached, as a process runs the code that it has imported."""
    grader = [KIT / "grading" / name for name in (*DECIDES, *ASSIGNMENT.decides)]
    folders = (ASSIGNMENT.tests, *(folder for folder in grader if folder.is_dir()))
    files = (path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".toml"))
    return f"sha256:{_hash(sorted(files))}"


def installed_versions() -> dict[str, str]:
    """Return the versions of Python, the kit, the assignment's packages and step 9's programs, by name."""
    own_tests = {"own_tests": own_tests_version()} if marks_own_tests() else {}
    libraries = {name: _version(name) for name in ASSIGNMENT.packages}
    return {"python": platform.python_version(), "kit": __version__, **libraries, **own_tests}


@functools.cache
def _version(library: str) -> str:
    from importlib import metadata  # slow to import

    return metadata.version(library)


@functools.cache
def own_tests_version() -> str:
    """Hash the programs of step 9: their list and their code."""
    files = (OWN_TESTS_PROGRAMS.parent / OWN_TESTS_PROGRAMS.stem).rglob("*.py")
    return _hash([OWN_TESTS_PROGRAMS, *sorted(files)])[:12]


def _hash(files: Iterable[Path]) -> str:
    """Hash names and text: the same whatever line endings the checkout has."""
    digest = hashlib.sha256()
    for path in files:
        root = KIT if path.is_relative_to(KIT) else ASSIGNMENT.folder
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_text(encoding="utf-8").encode() + b"\0")
    return digest.hexdigest()
