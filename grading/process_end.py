"""End a process of ours, and say how one ended."""

from __future__ import annotations

import os
import signal
import subprocess


def describe_exit(code: int) -> str:
    """Say how a process ended: its exit code, or on POSIX the signal that ended it (a negative code)."""
    try:
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process, and on POSIX all that belongs to its session (it must have been started with one)."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
