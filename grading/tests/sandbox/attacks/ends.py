"""Ends of a program."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

from grading.tests.sandbox.attacks.aim import Aim, Attack


def _fault() -> object:
    return ctypes.string_at(0)


def _hang(aim: Aim) -> object:
    for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(each, signal.SIG_IGN)
    threading.Thread(target=time.sleep, args=(600,)).start()
    time.sleep(600)
    return None


def _wait_for_an_alarm(aim: Aim) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()


ENDS: dict[str, Attack] = {
    "return": lambda aim: None,
    "exit": lambda aim: sys.exit(7),
    "exit with a text": lambda aim: sys.exit("a reason"),
    "exit at once": lambda aim: os._exit(7),
    "an exception": lambda aim: 1 // 0,
    "SIGTERM": lambda aim: os.kill(os.getpid(), signal.SIGTERM),
    "SIGALRM": _wait_for_an_alarm,
    "SIGKILL": lambda aim: os.kill(os.getpid(), signal.SIGKILL),
    "SIGINT": lambda aim: signal.raise_signal(signal.SIGINT),
    "a fault": lambda aim: _fault(),
    "abort": lambda aim: os.abort(),
    "hang": _hang,
}
