"""`grade watch`: check again whenever a file is saved, and show what to do next.

Three threads: one waits for saved files, one for keys, and this one checks and draws. Without a terminal, or with
`plain`, the screen is never redrawn: each check adds a few lines, and commands are typed as lines.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.live import Live

from grading.checking.keys import QUIT, read_keys
from grading.checking.saves import wait_for_saves
from grading.checking.screen import Screen
from grading.results.result import Result
from grading.results.steps import step

SAVED = "saved"
AGAIN = ("\n", "\r", SAVED)
Events = queue.SimpleQueue[str]


def watch(folder: Path, console: Console, check: Callable[..., Result], plain: bool = False) -> None:
    """Check `folder`, and again after each change of a file in it, until q or the end of the terminal.

    `check(folder, on_test=…)` returns a Result. Raises KeyboardInterrupt after Ctrl-C.
    """
    events: Events = queue.SimpleQueue()
    screen = Screen(folder)
    with contextlib.ExitStack() as stack:
        plain = plain or not (console.is_terminal and sys.stdin.isatty())
        stop = threading.Event()
        stack.callback(stop.set)
        where = folder if folder.is_dir() else folder.parent
        saved = functools.partial(events.put, SAVED)
        threading.Thread(target=wait_for_saves, args=(where, saved, stop), daemon=True).start()
        stack.enter_context(read_keys(events.put, from_terminal=not plain))
        show: Callable[[], None] = functools.partial(_print, screen, console)
        if not plain:
            live = Live(screen, console=console, screen=True, auto_refresh=False)
            stack.callback(live.stop)  # before it starts: Ctrl-C may come in the middle of that
            live.start()
            show = live.refresh
        event = SAVED
        while event != QUIT:
            if event in AGAIN:
                _check(screen, check, show, plain)
            else:
                screen.press(event)
            show()
            event = _next(events, console, show)
    if not plain:
        _print(screen, console)


def _print(screen: Screen, console: Console) -> None:
    console.print(screen.as_lines(), markup=False, soft_wrap=True)


def _check(screen: Screen, check: Callable[..., Result], show: Callable[[], None], plain: bool) -> None:
    def tell(number: int = 0) -> None:
        screen.note = f"Checking step {number}: {step(number).title} …" if number else "Checking …"
        if not plain:
            show()

    tell()
    started = time.monotonic()
    result = check(screen.folder, on_test=lambda test: tell(test.step))
    screen.note = f"Checked at {time.strftime('%H:%M:%S')} in {time.monotonic() - started:.1f} s"
    screen.take(result)


def _next(events: Events, console: Console, show: Callable[[], None]) -> str:
    """Wait for an event; meanwhile redraw when the window's size changes. Several saves at once are one event."""
    size = console.size
    while True:
        try:
            event = events.get(timeout=0.3)  # without a time-out, Windows would not deliver Ctrl-C
        except queue.Empty:
            if console.is_terminal and console.size != size:
                size = console.size
                show()
            continue
        if event == SAVED:
            for later in [events.get() for _ in range(events.qsize())]:
                if later != SAVED:
                    events.put(later)
        return event
