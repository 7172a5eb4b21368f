"""`grade watch` in a real terminal and without one: it reacts to saved files and keys.

The check is a stand-in that reads main.py: what is proved here is the loop and what it shows.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import watchfiles

from grading.checking.saves import wait_for_saves
from grading.checking.screen import KEYS
from grading.tests.checking.terminal import DEADLINE, PROGRAM, Terminal
from grading.tests.intake.handed_in import posix

if sys.platform != "win32":
    import termios


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
