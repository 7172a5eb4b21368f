"""Cut the starter from the solution: it is the solution without its steps.

In solution/*.py the lines of a step stand between `# region step N: …` and `# endregion`, which editors can fold.
Regions may be nested. `python -m grading.results.starter` rewrites the starter; a test compares it byte for byte.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grading import KIT
from grading.results.steps import STEPS
from grading.results.steps import step as step_of

FILES = ("main.py", "test_main.py")
_START = re.compile(r"(?P<indent> *)# region step (?P<step>\d+): .+")
_END = re.compile(r" *# endregion")


class RegionError(ValueError):
    """The markers of a solution do not match."""


@dataclass
class Region:
    """Lines of one step, and the regions nested in them; step 0 is the file itself."""

    step: int
    indent: str
    content: list[str | Region] = field(default_factory=list)


def parse(source: str) -> Region:
    """Parse the regions of a solution's source. Raises RegionError with the line number."""
    stack = [Region(0, "")]
    for number, line in enumerate(source.splitlines(), start=1):
        if start := _START.fullmatch(line):
            region = Region(int(start["step"]), start["indent"])
            stack[-1].content.append(region)
            stack.append(region)
        elif _END.fullmatch(line):
            if len(stack) == 1:
                raise RegionError(f"line {number}: endregion without a region")
            stack.pop()
        else:
            stack[-1].content.append(line)
    if len(stack) > 1:
        raise RegionError(f"a region of step {stack[-1].step} is not closed")
    return stack[0]


def cut(source: str, last_step: int) -> str:
    """Return the program with the steps up to `last_step` (0 to 10), and TODOs in place of all later ones."""
    used: dict[int, int] = {}

    def todo(region: Region, indent: str) -> Iterator[str]:
        """Yield the TODO of a region, then those of the regions in it: one comment each."""
        if region.step:
            texts, index = step_of(region.step).todo, used.get(region.step, 0)
            used[region.step] = index + 1
            if index >= len(texts):
                raise RegionError(f"steps.toml has {len(texts)} TODOs for step {region.step}; more are needed")
            first, *rest = texts[index].splitlines()
            yield f"{indent}# TODO {region.step}: {first}"
            yield from (f"{indent}#   {line}".rstrip() for line in rest)
        for part in region.content:
            if isinstance(part, Region):
                yield from todo(part, indent)

    def lines(region: Region) -> Iterator[str]:
        for part in region.content:
            if isinstance(part, str):
                yield part
            elif part.step <= last_step or part.step not in {row.number for row in STEPS}:  # a step that was dropped
                yield from lines(part)
            else:
                yield from todo(part, part.indent)

    # Removed lines leave blank ones behind; Python's style allows two in a row.
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines(parse(source))).rstrip() + "\n")


class NoSolution(Exception):
    """This copy of the kit is a student's, without the solution; the text says so."""


def solution_folder() -> Path:
    """Return the folder of the solution. Raises NoSolution in a student's copy."""
    folder = KIT / "solution"
    if not (folder / "main.py").is_file():
        raise NoSolution("This copy of the kit is for students: the solution is not in it.")
    return folder


def starter_files() -> dict[str, str]:
    """Return the files that starter/ must contain, cut from solution/: name -> text. Raises NoSolution."""
    return {name: cut((solution_folder() / name).read_text(encoding="utf-8"), 0) for name in FILES}


if __name__ == "__main__":
    try:
        files = starter_files()
    except NoSolution as problem:
        sys.exit(str(problem))
    for name, text in files.items():
        (KIT / "starter" / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote starter/{name}")
