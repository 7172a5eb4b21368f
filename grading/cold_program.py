"""Start a program in a process of its own where there is no farm: macOS, Windows, old kernels.

This keeps the marks safe from the program, but it is no sandbox: the program may do what its user may do.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from grading import KIT
from grading.channel import Channel, Program
from grading.farm import clean_environment
from grading.process_end import describe_exit, end_group

ISOLATION = {
    "mode": "process",
    "layers": [],
    "missing": {"sandbox": "Only Linux has it. The program could change this user's files, and use the network."},
}


def start_module(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    stdin: int = subprocess.PIPE,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start `python -m ARGUMENTS` in a session of its own, so that `end_group` ends all of it. Raises OSError."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=KIT,
        env=environment,
        start_new_session=os.name == "posix",
    )


def start(submission: Path, work: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start a process that serves this submission. Returns it, and where to read and write frames. Raises OSError."""
    process = start_module(["grading.program_host", str(submission), str(work)], clean_environment())
    assert process.stdin is not None
    assert process.stdout is not None
    reader, writer = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
    process.stdin.close()
    process.stdout.close()
    return process, reader, writer


def launch(submission: Path, work: Path) -> Program:
    """Start a process that serves this submission; see `channel.Program`. Raises OSError."""
    process, reader, writer = start(submission, work)

    def end(patience: float) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
        ended = process.poll()
        end_group(process)
        return describe_exit(process.returncode) if ended is not None else "it was ended"

    return Program(Channel(reader, writer), end)
