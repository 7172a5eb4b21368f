"""Both sides. The fork server of web applications, which imports all that a child needs and holds no test or result.

`app_farm` starts it for the grader. Where there is no fork, `processes.spawned` starts PROGRAM instead.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from grading.processes.channel import Channel
from grading.processes.forkserver import ForkServer
from grading.processes.sandboxed import SandboxOrder, control_socket, serve_sandboxed
from grading.provider import litellm_environment

PROGRAM = "grading.webapp.program"
"""The module that serves one program where there is no fork server."""
KNOWN_PROGRAMS = "known programs"
"""The task of a child that serves several of the kit's own programs: see `judging.student_tests.pool`."""


def clean_environment() -> dict[str, str]:
    """Return the environment for a program under test: nothing of ours but what Python needs."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/"}
    litellm_environment.prepare_environment(environment)
    return environment


def app_farm() -> ForkServer:
    """Start it. Raises FarmFailed."""
    return ForkServer(["grading.webapp.farm"], clean_environment(), "The farm did not start")


def main() -> None:
    """Import everything, then fork a child for each program."""
    control = control_socket()
    from grading.provider import rehearsal
    from grading.webapp import program

    rehearsal.rehearse()

    def run(order: SandboxOrder, files: list[int]) -> None:
        given, work = files[0], Path(order.work)
        if order.task == KNOWN_PROGRAMS:
            program.serve_known(socket.socket(fileno=given), work)
        else:
            program.serve(Channel(given, given), Path(order.submission), work)

    serve_sandboxed(control, run)


if __name__ == "__main__":
    main()
