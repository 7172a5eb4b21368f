"""Write what a student reads first about each wrong program: `python -m grading.maintain.gallery_table`.

The table is grading/gallery/MESSAGES.md. A test compares it, so that no message changes unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from grading import GALLERY
from grading.checking.check import warm_check
from grading.maintain.gallery import programs
from grading.results.reading import first_open
from grading.results.result import TestResult
from grading.results.steps import step

TABLE = GALLERY / "MESSAGES.md"
_HEAD = """# What the suite says first about each wrong program

Made by `python -m grading.maintain.gallery_table`; a test compares. Read each change: the message must lead to the
mistake that the program is named after.
"""


def entry(program: Path, tests: Iterable[TestResult]) -> str:
    """Return the part about one program: its first open step, and the whole message."""
    test = first_open(tests)
    if test is None:
        return f"\n## {program.name}\n\nNothing.\n"
    row = step(test.step)
    message = re.sub(r"\(expected (\d+), got \d+\)", r"(expected \1)", test.message)  # Python 3.14 counts, too
    return f"\n## {program.name}\n\nStep {row.number}, {row.title}:\n\n```text\n{message}\n```\n"


def table(run: Callable[[Path], Iterable[TestResult]]) -> str:
    """Return the whole table; `run` tests one program."""
    return _HEAD + "".join(entry(program, run(program)) for program in programs("wrong"))


def main() -> None:
    """Write the table, in half a second for each program."""
    text = table(lambda program: warm_check(program).tests)
    TABLE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
