"""Start a program in a process of its own, where no fork server can: macOS, Windows, old kernels.

This keeps the marks safe from the program, but it is no sandbox: the program may do what its user may do.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from grading.processes.channel import Channel, Process
from grading.processes.python_process import describe_exit, end_group, start_module

ISOLATION = {
    "mode": "process",
    "layers": [],
    "missing": {"sandbox": "Only Linux has it. The program could change this user's files, and use the network."},
}


def start(
    module: str, submission: Path, work: Path, environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start `python -m MODULE SUBMISSION WORK`, which serves the submission over its standard input and output.

    Returns the process, and the files to read and write frames. Raises OSError.
    """
    pipe = subprocess.PIPE
    process = start_module([module, str(submission), str(work)], environment, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    reader, writer = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
    process.stdin.close()
    process.stdout.close()
    return process, reader, writer


def launch(module: str, submission: Path, work: Path, environment: Mapping[str, str]) -> Process:
    """Start such a process. Raises OSError."""
    process, reader, writer = start(module, submission, work, environment)

    def end(patience: float) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
        ended = process.poll()
        end_group(process)
        return describe_exit(process.returncode) if ended is not None else "it was ended"

    return Process(Channel(reader, writer), end)
