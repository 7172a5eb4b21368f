"""The farm of web applications: what a forked child imports beforehand, and serves. See `processes.forkserver`."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from grading.processes.channel import Channel
from grading.processes.forkserver import Farm, control_socket, serve
from grading.processes.orders import ORDERS
from grading.provider import litellm_environment


def clean_environment() -> dict[str, str]:
    """Return the environment for a program under test: nothing of ours but what Python needs."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/"}
    litellm_environment.prepare_environment(environment)
    return environment


def app_farm() -> Farm:
    """Start it. Raises FarmFailed."""
    return Farm("grading.webapp.farm", clean_environment())


def main() -> None:
    """Import everything, then serve the socket that is standard input."""
    control = control_socket()
    from grading.provider import rehearsal
    from grading.webapp import program as program_host

    rehearsal.rehearse()

    def run(files: list[int], submission: Path, work: Path) -> None:
        given = socket.socket(fileno=files[0])
        if given.type == ORDERS:
            program_host.serve_known(given, work)
        else:
            frames = given.detach()
            program_host.serve(Channel(frames, frames), submission, work)

    serve(control, run)


if __name__ == "__main__":
    main()
