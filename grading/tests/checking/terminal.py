"""`grade watch` with a stand-in for the check, and a pseudo-terminal of 80 x 24 to run it in."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

PROGRAM = """
import sys
import threading
from pathlib import Path
from rich.console import Console
from grading.results.result import make_result, not_graded
from grading.tests.results.test_result import a_test
from grading.checking.watch import watch

class StandIn:
    def __init__(self, folder):
        self.folder, self.ended = folder, threading.Event()

    def run(self, on_step):
        try:
            text = (self.folder / "main.py").read_text()
        except OSError:
            return not_graded("There is no main.py.")
        if "(" in text:
            return not_graded("main.py has a syntax error on line 1.")
        if text == "loop":
            self.ended.wait()
            return None
        tests = [a_test(number, "passed" if number < int(text) else "failed") for number in range(1, 9)]
        for test in tests:
            on_step(test.step)
        return make_result(tests, "", 0.1)

    def end(self):
        self.ended.set()

    def close(self):
        self.end()

watch(Path(sys.argv[1]), Console(highlight=False), plain="--plain" in sys.argv, start=StandIn)
"""
DEADLINE = 60.0


class Terminal:
    """A program in a pseudo-terminal, and all that it wrote there."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.controller, self.terminal = pty.openpty()
        self.resize(24, 80)
        self.settings = termios.tcgetattr(self.terminal)
        # pytest-xdist gives its workers a size that never changes.
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)],
            stdin=self.terminal,
            stdout=self.terminal,
            stderr=self.terminal,
            env={**inherited, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environ},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # Ctrl-C comes from a terminal of its own
        )
        self.text = ""

    def wait_for(self, words: str) -> str:
        """Read on until `words` come after the last ones that were waited for. Returns what came until then."""
        end = time.monotonic() + DEADLINE
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} did not come: {self.text}"
            self._read()
        seen, _, self.text = self.text.partition(words)
        return seen

    def end(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        end = time.monotonic() + DEADLINE
        while (code := self.process.poll()) is None:
            assert time.monotonic() < end, f"it did not end: {self.text}"
            self._read()
        self._read()
        return code

    def _read(self) -> None:
        while select.select([self.controller], [], [], 0.1)[0]:
            self.text += os.read(self.controller, 65536).decode(errors="replace")

    def type(self, keys: str) -> None:
        os.write(self.controller, keys.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.controller, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.controller)
        os.close(self.terminal)
