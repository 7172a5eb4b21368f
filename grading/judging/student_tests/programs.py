"""Judge's side. The programs of step 9, whose truth is known: correct ones, and for each bug a twin that has it.

A broken program is a correct one with one text changed, so the two differ by the bug alone. What else could tell
programs apart, names and words, is drawn anew for each test_main.py, and is the same for all programs that it meets.
The draw follows from the file, so the same file meets the same programs whenever it is graded.
"""

from __future__ import annotations

import functools
import hashlib
import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.results.assignment import ASSIGNMENT
from grading.results.steps import OWN_TESTS_PROGRAMS

STYLES = OWN_TESTS_PROGRAMS.parent / "own_tests"


@dataclass(frozen=True)
class Broken:
    """A style with a bug, which is named as the rest of "a program that"; `edits` are pairs of texts, old and new."""

    name: str
    bug: str
    marks: float
    style: str
    edits: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Programs:
    """What own_tests.toml lists."""

    styles: tuple[str, ...]
    broken: tuple[Broken, ...]
    words: tuple[tuple[str, ...], ...]

    def sources(self) -> dict[str, str]:
        """Return the source of each program by its name, with the words that stand in the styles."""
        found = {style: (STYLES / style / ASSIGNMENT.program).read_text(encoding="utf-8") for style in self.styles}
        return found | {each.name: _planted(found[each.style], each) for each in self.broken}

    def draw(self, file: bytes) -> dict[str, str]:
        """Return the sources with words that are drawn for this test file."""
        chance = random.Random(hashlib.sha256(file).digest())
        drawn = {group[0]: chance.choice(group) for group in self.words}
        whole = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(drawn, key=len, reverse=True)))})(?!\w)")
        return {name: whole.sub(lambda found: drawn[found[0]], text) for name, text in self.sources().items()}


@functools.cache
def programs() -> Programs:
    """Read the list."""
    data = tomllib.loads(OWN_TESTS_PROGRAMS.read_text(encoding="utf-8"))
    broken = [Broken(**{**row, "edits": tuple((old, new) for old, new in row["edits"])}) for row in data["broken"]]
    return Programs(tuple(data["styles"]), tuple(broken), tuple(map(tuple, data["words"])))


def write_programs(sources: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Write each program into a folder of its own. Returns these by name; the folders' names say nothing."""
    folders = {}
    for number, (name, text) in enumerate(sources.items()):
        folders[name] = folder / str(number)
        folders[name].mkdir()
        (folders[name] / ASSIGNMENT.program).write_text(text, encoding="utf-8")
    return folders


def _planted(source: str, broken: Broken) -> str:
    for old, new in broken.edits:
        if source.count(old) != 1:
            raise ValueError(f"own_tests.toml: {broken.name} replaces a text that is not in {broken.style} once: {old}")
        source = source.replace(old, new)
    return source
