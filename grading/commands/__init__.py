"""The command line: importing this package registers each group of commands on `cli`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from grading.cli import cli, main

__all__ = ["cli", "main"]

_GROUPS = ("student", "own_tests", "explain", "progress", "run", "laptop", "page", "classroom", "export")
"""In the order of `grade --help`. What only instructors need is not in a student's copy of the kit."""

for name in _GROUPS:
    if find_spec(f"{__name__}.{name}"):
        import_module(f"{__name__}.{name}")
