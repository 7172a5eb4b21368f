"""Check a folder at the start, after each save and on demand; a new check ends the one that runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from grading.checking.check_process import CheckProcess
from grading.checking.progress import record_check
from grading.checking.saves import wait_for_saves
from grading.results.result import Result
from grading.results.steps import step

STOPPED = "Stopped. The next save starts a new check."
_LONG = 0.8  # seconds: most checks are over by then


class Checker:
    """What the last check found, and what the present one is doing. `changed` is called when either changes.

    One thread waits for saved files and one runs the checks, one after another.
    """

    def __init__(
        self, folder: Path, changed: Callable[[], None], start: Callable[[Path], CheckProcess] = CheckProcess
    ) -> None:
        self._folder = folder
        self._changed = changed
        self._start = start
        self._wanted = threading.Event()
        self._cancelled = False
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._process: CheckProcess | None = None
        self._next: CheckProcess | None = None
        self._threads: list[threading.Thread] = []
        self.result: Result | None = None
        self.news: list[str] = []
        self.doing = "Starting: importing LiteLLM takes some seconds …"
        """What the present check does; empty if there is none."""
        self.running = False
        self.began = time.monotonic()
        """When the present check began, in seconds of `time.monotonic`."""
        self.checked: datetime | None = None
        self.seconds = 0.0
        self.number = 0
        """How many checks came to their end."""

    def start(self) -> None:
        """Check now, and after each save."""
        self._wanted.set()
        saves = (self._folder, self.check, self._stop)
        self._threads = [
            threading.Thread(target=wait_for_saves, args=saves, daemon=True, name="saves"),
            threading.Thread(target=self._run, daemon=True, name="checks"),
        ]
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """End the check that runs, and start anew."""
        with self._lock:  # else the check that this begins could be the one that it ends
            self._wanted.set()
            if self._process is not None:
                self._process.end()

    def cancel(self) -> None:
        """End the check that runs, and wait for the next save."""
        with self._lock:
            if self._process is not None and self.running:
                self._cancelled = True
                self._process.end()

    def close(self) -> None:
        """End the check that runs and the threads."""
        self._stop.set()
        self.check()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(1, "ended checks") as closing:  # the next check need not wait for that
            self._run_each(closing)

    def _run_each(self, closing: Executor) -> None:
        while True:
            process = self._take_next()
            self._wanted.wait()
            with self._lock:
                self._wanted.clear()
                self._cancelled = False
                self._process = process
            if self._stop.is_set():
                break
            # A check that takes long may never end: then the next process is ready when the next save comes.
            late = threading.Timer(_LONG, self._prepare_next)
            late.start()
            self._check(process)
            late.cancel()
            late.join()
            with self._lock:
                self._process = None
            closing.submit(process.close)
        process.close()

    def _prepare_next(self) -> None:
        """Start the next check's process, which imports while nobody waits for it."""
        self._next = self._next or self._start(self._folder)

    def _take_next(self) -> CheckProcess:
        self._prepare_next()
        process, self._next = self._next, None
        assert process is not None
        return process

    def _check(self, process: CheckProcess) -> None:
        self.began = started = time.monotonic()
        self.running = True
        self._say("Checking …" if self.checked or self.doing == STOPPED else self.doing)
        result = process.run(lambda number: self._say(f"Checking step {number}: {step(number).title} …"))
        self.running = False
        if result is None:
            broke = "The check broke off without a result. Run `grade check` in a terminal: it says more."
            self._say("Checking again …" if self._wanted.is_set() else STOPPED if self._cancelled else broke)
            return
        self.news = record_check(self._folder, result)
        self.result, self.seconds, self.checked = result, time.monotonic() - started, datetime.now().astimezone()
        self.number += 1
        self._say("")

    def _say(self, doing: str) -> None:
        if doing != self.doing:
            self.doing = doing
            self._changed()
