"""Draw the screen of `grade watch`: the state of the steps, and below it one message, hint or list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from grading.results.misconceptions import nearest
from grading.results.result import Result
from grading.results.steps import step
from grading.results.terminal import ladder, progress_bar
from grading.results.view import Message, View, view

KEYS = "h hint  n next  p previous  a all  m more  Enter check again  c cancel  q quit"
_ROWS = 34
"""Of a terminal that has room for the whole ladder and a message; with fewer, the ladder is one line."""


@dataclass
class Screen:
    """The state of the screen. rich draws it; `as_lines` says the same as plain text."""

    folder: Path
    note: str = ""
    """What the watcher does, or when it checked last."""
    seen: View | None = None
    news: Sequence[str] = ()
    file: str = ""
    """Which file was read."""
    _message: int = 0
    _hint: int = 0
    _all: bool = False
    _page: int = field(default=0, repr=False)

    def take(self, result: Result, news: Sequence[str] = (), file: str = "") -> None:
        """Show a new result, starting with its first message."""
        self.seen, self.news, self.file = view(result, nearest(result)), news, file
        self._message = self._hint = self._page = 0
        self._all = False

    def press(self, key: str) -> None:
        """Act on a key: h, n, p, a or m. Others do nothing."""
        if key == "m":
            self._page += 1
            return
        hint = self._hint
        self._all, self._hint, self._page = key == "a" and not self._all, 0, 0
        if key == "h":
            self._hint = hint + 1
        elif key in "np":
            self._message += 1 if key == "n" else -1

    @property
    def hint(self) -> tuple[int, int] | None:
        """Step and level of the hint that is shown."""
        message = self._open()
        return (message.step, self._level(message)) if message and self._hint else None

    def as_lines(self) -> str:
        """Return what is new as plain text."""
        if self.seen is None:
            return self.note
        if not self.seen.graded:
            return f"{self.note}\n{self._below()}\n"
        done = [str(row.step) for row in self.seen.rows if row.sign == "✓"]
        return f"{self.note} Steps done: {', '.join(done) or 'none yet'}. {self.seen.marks}\n{self._below()}\n"

    def _open(self) -> Message | None:
        messages = self.seen.messages if self.seen else []
        return messages[self._message % len(messages)] if messages else None

    def _level(self, message: Message) -> int:
        return (self._hint - 1) % len(step(message.step).hints) + 1

    def _below(self) -> str:
        """Return the text below the ladder."""
        seen, message = self.seen, self._open()
        if seen is None:
            return "The first check takes some seconds: LiteLLM is imported."
        if not seen.graded:
            return f"✗ Not checked yet. Fix this first:\n{seen.reason}\n\nRead: {self.file}"
        if message is None:
            return "\n".join([*self.news, seen.done])
        if self._all:
            return "\n".join(f"step {each.step}: {each.subject}" for each in seen.messages)
        if self._hint:
            hints, level = step(message.step).hints, self._level(message)
            return f"Step {message.step}, {message.title}: hint {level} of {len(hints)}\n{hints[level - 1]}"
        place = self._message % len(seen.messages)
        head = f"{'Also' if place else 'Next'}: step {message.step}, {message.title}: {message.subject}"
        if len(seen.messages) > 1:
            head += f" ({place + 1} of {len(seen.messages)})"
        often = f"\n\n{message.often}" if message.often else ""
        read = f"\n\nRead: {self.file}" if self.file else ""
        return "\n".join([*self.news, head, f"{message.text}{often}{read}"])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the screen, cut to the terminal's height."""
        height, options = options.height or console.height, options.update(height=None)
        title = f"{self.folder.resolve().name}: {self.note}"
        lines = console.render_lines(Text(title, style="bold"), options)
        if self.seen is not None and self.seen.graded:
            if height >= _ROWS:
                lines = console.render_lines(ladder(self.seen, title), options)
            lines += console.render_lines(self._summary(full=height >= _ROWS), options)
        shown = self._fitting(console, options, max(height - len(lines) - 1, 0))
        keys = console.render_lines(Text(KEYS, style="reverse", no_wrap=True, overflow="crop"), options)
        lines = [*lines, *shown][: height - 1]
        lines += console.render_lines(Text(""), options) * (height - 1 - len(lines))
        for number, line in enumerate([*lines, *keys]):
            yield from [Segment.line()] * (number > 0)
            yield from line

    def _summary(self, full: bool) -> Text:
        """Return the marks; and unless the full ladder is there, a sign for each step."""
        assert self.seen is not None
        have, most = (sum(getattr(row, name) for row in self.seen.rows) for name in ("score", "max_score"))
        if full:
            return Text(f"{progress_bar(have, most, 30)}  {self.seen.marks}")
        steps = "  ".join(f"{row.step} {row.sign}" for row in self.seen.rows)
        return Text(f"{self.seen.marks}\n{steps}   (✓ done, ✗ not yet)")

    def _fitting(self, console: Console, options: ConsoleOptions, room: int) -> list[list[Segment]]:
        """Return the part of the text below that fits in so many lines; key m turns over."""
        longest = 3 * options.max_width
        text = [line if len(line) <= longest else f"{line[: longest - 2]} …" for line in self._below().splitlines()]
        lines: list[list[Segment]] = console.render_lines(Text("\n".join(["", *text])), options)
        if len(lines) <= room or room < 3:
            return lines[:room]
        pages = -(-len(lines) // (room - 1))
        page = self._page % pages
        more = Text(f"… page {page + 1} of {pages}: m turns over", style="dim")
        return [*lines[page * (room - 1) : (page + 1) * (room - 1)], *console.render_lines(more, options)]
