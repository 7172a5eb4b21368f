"""`grade watch` in a real terminal (a pseudo-terminal of 80 x 24) and without one: it reacts to saved files and keys.

The check is a stand-in that reads main.py: what is proved here is the loop and what it shows.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import watchfiles
from rich.console import Console

from grading.checking.saves import wait_for_saves
from grading.checking.screen import KEYS, Screen
from grading.results.result import Result, make_result, not_graded
from grading.tests.intake.handed_in import posix
from grading.tests.results.test_result import a_test

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


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "main.py").write_text("3")
    return folder


@pytest.fixture
def terminal(program: Path) -> Iterator[Terminal]:
    with contextlib.closing(Terminal(program)) as opened:
        yield opened


@posix
def test_a_save_is_checked_whatever_is_saved(terminal: Terminal, program: Path) -> None:
    terminal.wait_for("Next: step 3")
    for text, words in (("4", "Next: step 4"), ("x = (", "a syntax error on line 1"), ("9", "Well done!")):
        (program / "main.py").write_text(text)
        terminal.wait_for(words)
    (program / "main.py").unlink()
    terminal.wait_for("There is no main.py.")
    shutil.rmtree(program)
    time.sleep(1)
    program.mkdir()
    (program / "main.py").write_text("7")
    terminal.wait_for("Next: step 7")
    (program / "main.py").write_text("6")
    terminal.wait_for("Next: step 6")


@posix
def test_keys_show_hints_further_messages_and_all(terminal: Terminal) -> None:
    terminal.wait_for("Next: step 3")
    terminal.wait_for(KEYS)
    terminal.type("h")
    terminal.wait_for("hint 1 of 3")
    terminal.type("h")
    terminal.wait_for("hint 2 of 3")
    terminal.type("n")
    terminal.wait_for("Also: step 4")
    terminal.wait_for(KEYS)
    terminal.type("\x1b[A\x1b[3~a")  # an arrow key is no "a"
    terminal.wait_for("step 4: ")
    assert "step 8: " in terminal.wait_for(KEYS)
    terminal.type("p")
    terminal.wait_for("Next: step 3")
    terminal.type("p")
    terminal.wait_for("Also: step 5")
    terminal.type("\r")
    terminal.wait_for("Checked at")
    terminal.wait_for("Next: step 3")
    terminal.type("q")
    assert terminal.end() == 0
    terminal.wait_for("\x1b[?1049l")  # the screen from before, and below it what was found
    terminal.wait_for("Steps done: 1, 2")


@posix
def test_a_save_ends_a_check_that_would_never_end(terminal: Terminal, program: Path) -> None:
    terminal.wait_for("Next: step 3")
    (program / "main.py").write_text("loop")
    terminal.wait_for("Checking … 2 s")  # the seconds are shown
    saved = time.monotonic()
    (program / "main.py").write_text("4")
    terminal.wait_for("Next: step 4")
    assert time.monotonic() - saved < 5


@posix
def test_a_key_cancels_a_check_and_hints_come_meanwhile(terminal: Terminal, program: Path) -> None:
    terminal.wait_for("Next: step 3")
    (program / "main.py").write_text("loop")
    terminal.wait_for("Checking … 2 s")
    terminal.type("h")
    terminal.wait_for("hint 1 of 3")
    terminal.type("c")
    terminal.wait_for("Stopped. The next save starts a new check.")
    (program / "main.py").write_text("6")
    terminal.wait_for("Next: step 6")


@posix
def test_ctrl_c_gives_the_terminal_back_as_it_was(terminal: Terminal) -> None:
    terminal.wait_for(KEYS)
    assert termios.tcgetattr(terminal.terminal) != terminal.settings
    terminal.type("\x03")
    assert terminal.end() != 0
    assert termios.tcgetattr(terminal.terminal) == terminal.settings
    terminal.wait_for("\x1b[?1049l")  # the screen from before


@posix
def test_another_window_size_is_drawn_anew(terminal: Terminal) -> None:
    terminal.wait_for("Next: step 3")
    terminal.wait_for(KEYS)
    terminal.resize(12, 60)
    drawn = terminal.wait_for("of 90 marks") + terminal.wait_for("Next: step 3")
    assert "1 ✓  2 ✓  3 ✗" in drawn


@posix
def test_without_colour_nothing_is_lost(program: Path) -> None:
    with contextlib.closing(Terminal(program, NO_COLOR="1")) as terminal:
        drawn = terminal.wait_for("Next: step 3") + terminal.wait_for(KEYS)
    assert "✓ done" in drawn
    assert "✗ not yet" in drawn
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", drawn)


def test_without_a_terminal_each_check_adds_lines(program: Path) -> None:
    command, environ = [sys.executable, "-c", PROGRAM, str(program), "--plain"], {"PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        command,
        env=os.environ | environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = process.stdout.readline()
        for key, words in (("h", "hint 1 of 3"), ("\n", "Steps done: 1, 2."), ("q", "")):
            while words == "hint 1 of 3" and "Steps done: 1, 2." not in said:
                said += process.stdout.readline()
            process.stdin.write(f"{key}\n".replace("\n\n", "\n"))
            process.stdin.flush()
            seen = ""
            while words and words not in seen:
                seen += process.stdout.readline()
            said += seen
        assert process.wait(DEADLINE) == 0
    assert "\x1b" not in said
    assert said.startswith("Keys, each followed by Enter:")
    assert "Checking …" in said or "Starting" in said


@posix
def test_without_any_input_it_goes_on_until_it_is_ended(program: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(program)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any("Steps done: 1, 2." in line for line in iter(process.stdout.readline, ""))
        (program / "main.py").write_text("4")
        assert any("Next: step 4" in line for line in iter(process.stdout.readline, ""))
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) != 0


def test_a_save_without_any_event_is_seen(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a network drive: watchfiles stays silent, whatever happens."""

    def silent(*paths: Path, stop_event: threading.Event, **options: object) -> Iterator[set[object]]:
        while not stop_event.wait(0.05):
            yield set()

    monkeypatch.setattr(watchfiles, "watch", silent)
    events: queue.SimpleQueue[str] = queue.SimpleQueue()
    stop = threading.Event()
    thread = threading.Thread(target=wait_for_saves, args=(program, lambda: events.put("saved"), stop))
    thread.start()
    try:
        for text in ("4", "5", "6"):  # within one second
            time.sleep(0.2)
            (program / "main.py").write_text(text)
            assert events.get(timeout=DEADLINE) == "saved"
    finally:
        stop.set()
        thread.join()


# What is drawn.


def drawn(result: Result, width: int, height: int) -> list[str]:
    screen = Screen(Path("starter"))
    screen.take(result)
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(screen, height=height)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


LONG = "\n".join(["sent:       POST", *[f"{'word ' * 200}" for _ in range(9)], "look at:    step 1"])


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 50), (200, 24), (40, 12), (20, 6)])
@pytest.mark.parametrize("message", ["expected:   422", LONG], ids=["short", "long"])
def test_it_fits_every_window(width: int, height: int, message: str) -> None:
    tests = [replace(a_test(number, "failed"), message=message) for number in (1, 2, 3, 4, 5, 6, 7, 8, 10)]
    for result in (make_result(tests, "", 0), not_graded(message)):
        lines = drawn(result, width, height)
        assert len(lines) == height
        assert max(map(len, lines)) <= width
        assert lines[-1].startswith("h hint  n next")
    seen = "\n".join(drawn(make_result(tests, "", 0), width, height))
    assert ("10  Ship it" in seen) == (height == 50)  # in a small window, the ladder is a line of signs
    assert ("1 ✗  2 ✗" in seen) == (height < 50)


def test_a_message_that_does_not_fit_can_be_turned_over() -> None:
    message = "\n".join(f"line {number}" for number in range(40))
    screen = Screen(Path("starter"))
    screen.take(make_result([replace(a_test(1, "failed"), message=message)], "", 0))
    seen = ""
    for _ in range(5):
        console = Console(file=io.StringIO(), width=80, height=24, color_system=None)
        console.print(screen, height=24)
        assert isinstance(console.file, io.StringIO)
        seen += console.file.getvalue()
        screen.press("m")
    assert all(f"line {number} " in seen for number in range(40))
    assert "page 1 of 3: m turns over" in seen
