"""The assignment that this process grades: `tests/assignment.toml` of the kit, or of the folder that was named.

This is the seam between the grader, which can mark any program in Python, and one assignment, which says what is
judged and what the programs need. Nothing general imports an assignment's code; it is loaded by the names given here.
grading/YOUR_OWN_ASSIGNMENT.md shows how to write one.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from grading import ASSIGNMENT_VARIABLE, KIT, AssignmentError


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One assignment. Names such as "package.module:function" are loaded when they are needed, see `load`."""

    folder: Path
    """Holds tests/, with the suite, assignment.toml and steps.toml."""
    title: str
    program: str
    """The file that a student hands in."""
    found_instead: Mapping[str, str] = field(default_factory=dict)
    """What to say where there is no such file but one of these: names, or endings of names. `{folder}` is the folder of
    the first wsgi.py."""
    own_tests: str = ""
    """The file with the student's own tests; "" if no step is about them."""
    forbidden_in_own_tests: Mapping[str, str] = field(default_factory=dict)
    """Packages that it may not import, because tests must run on any program; each with what is expected instead."""
    packages: tuple[str, ...]
    """Installed packages whose versions can change a mark."""
    decides: tuple[str, ...]
    """Folders of code that decides marks, beside the grader's own: below grading/, or below the assignment's folder."""
    plugin: str
    """The pytest plugin with the option --app and the fixtures of the suite."""
    bench: str
    """The class that runs a program for a judge from another process: `webapp.remote.RemoteProgram` is one."""
    farm: str
    """The module that is the fork server of programs."""
    program_host: str
    """The module that serves one program in a process of its own, where there is no fork."""
    libraries: str = ""
    """A module with what programs import: see `webapp.libraries`. "" if they need nothing that takes long."""
    explain: str = ""
    """A function that explains a program's exception to its author; "" shows nothing of it."""
    judges_import: tuple[str, ...] = ()
    """Modules that judges import once, before they are forked."""
    secrets: tuple[str, ...] = ()
    """Regular expressions of texts that no page may show, such as keys."""
    paths: tuple[str, ...] = ()
    """Beginnings of the program's own URLs, which pages do not take for files."""

    @property
    def tests(self) -> Path:
        """The folder of the suite."""
        return self.folder / "tests"


def load(name: str) -> Any:
    """Import what "package.module:attribute" or "package.module" names. Raises ImportError or AttributeError."""
    module, _, attribute = name.partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found


def read_assignment(folder: Path) -> Assignment:
    """Read `folder`/tests/assignment.toml. Raises AssignmentError."""
    file = folder / "tests" / "assignment.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        lists = {name: tuple(value) for name, value in table.items() if isinstance(value, list)}
        return Assignment(folder=folder.resolve(), **{**table, **lists})
    except OSError as problem:
        told = f"{folder} holds no assignment: tests/assignment.toml can't be read ({problem.strerror})."
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        told = f"{file} is not TOML: {problem}."
    except TypeError as problem:
        told = f"{file} has an unknown field, or lacks one: {str(problem).removeprefix('Assignment.__init__() ')}."
    raise AssignmentError(f"{told} grading/YOUR_OWN_ASSIGNMENT.md says what it needs.")


ASSIGNMENT = read_assignment(Path(os.environ.get(ASSIGNMENT_VARIABLE) or KIT))
