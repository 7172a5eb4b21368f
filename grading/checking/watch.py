"""`grade watch`: check again whenever a file is saved, at once, and show what to do next.

The checks run in processes of their own (see `checker`), so a save, a key or Ctrl-C ends one at any moment; one thread
waits for keys, and this one draws. Without a terminal, or with `plain`, the screen is never redrawn: each check adds a
few lines, and commands are typed as lines.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.live import Live

from grading.checking.check_process import CheckProcess
from grading.checking.checked_file import checked_file
from grading.checking.checker import Checker
from grading.checking.keys import QUIT, read_keys
from grading.checking.progress import record_hint
from grading.checking.screen import KEYS, Screen

CHANGED = "changed"
AGAIN = ("\n", "\r")
CANCEL = "c"
_HELP = f"Keys, each followed by Enter:  {KEYS}"
Events = queue.SimpleQueue[str]


def watch(
    folder: Path, console: Console, plain: bool = False, start: Callable[[Path], CheckProcess] = CheckProcess
) -> None:
    """Check `folder`, and again after each change of a file in it, until q or the end of the terminal.

    `start` starts the process of one check. Raises KeyboardInterrupt after Ctrl-C.
    """
    events: Events = queue.SimpleQueue()
    where = folder if folder.is_dir() else folder.parent
    checker = Checker(where, functools.partial(events.put, CHANGED), start)
    watcher = _Watcher(where, checker)
    with contextlib.ExitStack() as stack:
        plain = plain or not (console.is_terminal and sys.stdin.isatty())
        stack.enter_context(read_keys(events.put, from_terminal=not plain))
        stack.callback(checker.close)
        if plain:
            show: Callable[[], None] = functools.partial(watcher.print_news, console)
            console.print(_HELP, soft_wrap=True)
        else:
            live = Live(watcher.screen, console=console, screen=True, auto_refresh=False)
            stack.callback(live.stop)  # before it starts: Ctrl-C may come in the middle of that
            live.start()
            show = live.refresh
        checker.start()
        _react(watcher, checker, events, console, show, plain)
    if not plain:
        console.print(watcher.screen.as_lines(), markup=False, soft_wrap=True)


def _react(
    watcher: _Watcher, checker: Checker, events: Events, console: Console, show: Callable[[], None], plain: bool
) -> None:
    """Act on events until the one that says to quit; on a terminal, draw again when something changes."""
    drawn: object = None
    while True:
        try:
            event = events.get(timeout=0.3)  # without a time-out, Windows would not deliver Ctrl-C
        except queue.Empty:
            event = ""
        if event == QUIT:
            return
        if event in AGAIN:
            checker.check()
        elif event == CANCEL:
            checker.cancel()
        elif event and event != CHANGED:
            watcher.press(event)
        watcher.look()
        now = (watcher.screen.note, event if event != CHANGED else "", checker.number, console.size)
        if plain or event or now != drawn:
            show()
        drawn = now


class _Watcher:
    """What the checker knows, as a screen."""

    def __init__(self, folder: Path, checker: Checker) -> None:
        self.screen = Screen(folder)
        self._checker = checker
        self._taken = 0
        self._said = ""
        self._asked = False

    def look(self) -> None:
        """Take over the checker's result and what it is doing."""
        checker, screen = self._checker, self.screen
        if checker.result is not None and checker.number != self._taken:
            self._taken = checker.number
            screen.take(checker.result, checker.news, checked_file(screen.folder).sentence)
        if checker.doing:
            seconds = int(time.monotonic() - checker.began) if checker.running else 0
            screen.note = f"{checker.doing} {seconds} s" if seconds >= 2 else checker.doing
        elif checker.checked:
            screen.note = f"Checked at {checker.checked:%H:%M:%S} in {checker.seconds:.1f} s."

    def press(self, key: str) -> None:
        """Act on a key of the screen's; a hint that it shows is remembered."""
        self.screen.press(key)
        self._asked = True
        if self.screen.hint:
            record_hint(self.screen.folder, *self.screen.hint)

    def print_news(self, console: Console) -> None:
        """Print what is new: that a check begins, what it found, or what a key shows. Seconds alone are not new."""
        doing = "Checking …" if self._checker.running else self._checker.doing
        text = self.screen.as_lines() if self._asked or not doing else doing
        if self._asked or text != self._said:
            console.print(text, markup=False, soft_wrap=True)
        self._said, self._asked = text, False
