"""Draw the screen of `grade watch`: the ladder of steps, a bar, and below it one message, hint or list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from grading.results.reading import in_words, marks_in_words, open_tests
from grading.results.result import Result, TestResult
from grading.results.steps import step
from grading.results.terminal import ALL_DONE, ladder, progress_bar

KEYS = "h hint   n next   a all   Enter check again   q quit"
_ROWS = 20  # of a terminal: with fewer, the ladder gives its place to the message


@dataclass
class Screen:
    """The state of the screen. rich draws it; `as_lines` says the same as plain text."""

    folder: Path
    result: Result | None = None
    note: str = ""
    _message: int = 0
    _hint: int = 0
    _all: bool = False

    def take(self, result: Result) -> None:
        """Show a new result, starting with its first message."""
        self.result = result
        self._message = self._hint = 0
        self._all = False

    def press(self, key: str) -> None:
        """Act on a key: h, n or a. Others do nothing."""
        hint = self._hint
        self._all, self._hint = key == "a" and not self._all, 0
        if key == "h":
            self._hint = hint + 1
        elif key == "n":
            self._message += 1

    def as_lines(self) -> str:
        """Return what is new as plain text."""
        if self.result is None:
            return self.note
        if not self.result.graded:
            return f"{self.note}. Not graded.\n{self._below()}"
        done = [str(row.step) for row in self.result.steps if row.status == "passed"]
        return f"{self.note}. Steps done: {', '.join(done) or 'none yet'}. {_marks(self.result)}\n{self._below()}\n"

    def _open(self) -> TestResult | None:
        tests = open_tests(self.result.tests) if self.result else []
        return tests[self._message % len(tests)] if tests else None

    def _below(self) -> str:
        """Return the text below the ladder."""
        if self.result is None:
            return "The first check takes some seconds: LiteLLM is imported."
        if not self.result.graded:
            return self.result.reason or ""
        test = self._open()
        if test is None:
            return ALL_DONE
        row = step(test.step)
        if self._all:
            return "\n".join(f"step {each.step}: {in_words(each.id)}" for each in open_tests(self.result.tests))
        if self._hint:
            level = (self._hint - 1) % len(row.hints) + 1
            return f"Step {row.number}, {row.title}: hint {level} of {len(row.hints)}\n{row.hints[level - 1]}"
        return f"Next: step {row.number}, {row.title}: {in_words(test.id)}\n{test.message}"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the screen, cut to the terminal's height."""
        height, options = options.height or console.height, options.update(height=None)
        title = f"{self.folder.resolve().name}: {self.note}"
        lines = console.render_lines(Text(title, style="bold"), options)
        if self.result is not None and self.result.graded:
            if height >= _ROWS:
                lines = console.render_lines(ladder(self.result, title), options)
            bar = progress_bar(self.result.score, self.result.max_score, 30)
            lines += console.render_lines(Text(f"{bar}  {_marks(self.result)}"), options)
        room, longest = height - len(lines) - 1, 2 * options.max_width
        text = [line if len(line) <= longest else f"{line[: longest - 2]} …" for line in self._below().splitlines()]
        below = console.render_lines(Text("\n".join(["", *text])), options)
        if len(below) > room:
            below = below[: room - 1] + console.render_lines(Text("… (the rest: grade check)", style="dim"), options)
        lines += below + console.render_lines(Text(""), options) * (room - len(below))
        keys = console.render_lines(Text(KEYS, style="reverse", no_wrap=True, overflow="crop"), options)
        for number, line in enumerate([*lines[: height - 1], *keys]):
            yield from [Segment.line()] * (number > 0)
            yield from line


def _marks(result: Result) -> str:
    return f"{marks_in_words(result.score, result.max_score, result.bonus)}."
