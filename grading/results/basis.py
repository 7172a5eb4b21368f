"""What marks depend on beside the submission: the suite, the grader's own code, the installed versions."""

from __future__ import annotations

import functools
import hashlib
import platform
import tomllib
from collections.abc import Iterable
from pathlib import Path

from grading import KIT, __version__
from grading.results.steps import OWN_TESTS_PROGRAMS, marks_own_tests

DECIDES = ("results", "intake", "processes", "provider", "webapp", "suite", "judging")
"""The grader's packages that decide marks."""
LIBRARIES = ("litellm", "openai", "fastapi", "starlette", "pydantic", "httpx", "pytest", "respx")
"""Installed packages whose version can change a mark."""


@functools.cache
def suite_hash() -> str:
    """Hash the suite and the packages that decide marks. Cached, as a process runs the code that it has imported."""
    folders = (KIT / "tests", *(KIT / "grading" / name for name in DECIDES))
    files = (path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".toml"))
    return f"sha256:{_hash(sorted(files))}"


def installed_versions() -> dict[str, str]:
    """Return the versions of Python, the kit, LIBRARIES and step 9's programs, by name."""
    own_tests = {"own_tests": own_tests_version()} if marks_own_tests() else {}
    libraries = {name: _version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), "kit": __version__, **libraries, **own_tests}


@functools.cache
def _version(library: str) -> str:
    from importlib import metadata  # slow to import

    return metadata.version(library)


@functools.cache
def own_tests_version() -> str:
    """Hash the programs of step 9: their list and their code."""
    listed = tomllib.loads(OWN_TESTS_PROGRAMS.read_text(encoding="utf-8"))
    folders = [Path("correct", name) for name in listed["correct"]] + [Path("wrong", name) for name in listed["broken"]]
    files = [path for folder in folders for path in sorted((OWN_TESTS_PROGRAMS.parent / folder).rglob("*.py"))]
    return _hash([OWN_TESTS_PROGRAMS, *files])[:12]


def _hash(files: Iterable[Path]) -> str:
    """Hash names and text: the same whatever line endings the checkout has."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(KIT).as_posix().encode() + b"\0")
        digest.update(path.read_text(encoding="utf-8").encode() + b"\0")
    return digest.hexdigest()
