"""A result as Markdown, for the notes of a release and the summary of a workflow: marks, and what each open test says.

`python -m grading.exports.result_markdown RESULT.json` prints it, and ends with 1 if marks of a core step are missing,
with 3 if nothing was graded.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from grading.results.reading import in_words, marks_in_words, open_tests
from grading.results.result import Result, TestResult
from grading.results.steps import is_bonus
from grading.results.view import STATES
from grading.text import fenced

_MOST = 12
"""Messages that are shown: who has more open tests mends these first."""


def result_markdown(result: Result) -> str:
    """Return the page, without hidden tests. What a program said stands in code blocks: no link, tag or @name in it."""
    if not result.graded:
        return f"## Not graded\n\n{fenced(result.reason or '')}\n"
    return "\n".join([*_marks(result), *_messages(result)]) + "\n"


def _marks(result: Result) -> Iterator[str]:
    shown = [test for test in result.tests if not test.hidden]
    yield f"## {marks_in_words(result.score, result.max_score, result.bonus)}"
    yield "\n| step | marks | result |\n| --- | ---: | --- |"
    for row in result.steps:
        mine = [test for test in shown if test.step == row.step]
        if not mine and row.status != "unmarked":
            continue
        bonus = " (bonus)" if is_bonus(row.step) else ""
        marks = f"{row.score:g} / {row.max_score:g}" if row.max_score else ""
        yield f"| {row.step or ''} {row.title}{bonus} | {marks} | {' '.join(STATES[row.status])} |"


def _messages(result: Result) -> Iterator[str]:
    alike: dict[tuple[str, str], list[TestResult]] = {}
    for test in open_tests(result.tests):
        if not test.hidden and test.status != "skipped":
            came_back = test.failure.came_back if test.failure else ""
            alike.setdefault((test.id.partition("[")[0], came_back), []).append(test)
    if alike:
        yield "\n## What the tests saw"
    for first, *others in list(alike.values())[:_MOST]:
        yield f"\n**Step {first.step}: {_plain(in_words(first.id))}**\n\n{fenced(_said(first))}"
        if others:
            yield f"\nThe same came back for: {_plain(', '.join(in_words(test.id) for test in others))}"
    if len(alike) > _MOST:
        yield f"\n{len(alike) - _MOST} more did not pass. `grade check` on your own computer shows them all."


def _said(test: TestResult) -> str:
    if test.status == "error":
        return "This test itself went wrong. It is not your fault. Tell your instructor."
    return test.message


def _plain(text: str) -> str:
    return re.sub(r"[^\w .,()/-]", " ", text)


def main(file: Path) -> int:
    """Print the page of a result file. Returns the exit code."""
    result = Result.from_json(json.loads(file.read_text(encoding="utf-8")))
    sys.stdout.buffer.write(result_markdown(result).encode("utf-8", "replace"))
    return 3 if not result.graded else int(result.score < result.max_score)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
