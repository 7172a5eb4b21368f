"""Both sides. The fork server of web applications, which imports all that a child needs and holds no test or result.

Where there is no fork, `processes.spawned` starts `webapp.program` for each program instead.
"""

from __future__ import annotations

import socket
from pathlib import Path

from grading.processes.channel import Channel
from grading.processes.sandboxed import SEVERAL, SandboxOrder, control_socket, serve_sandboxed


def main() -> None:
    """Import everything, then fork a child for each program."""
    control = control_socket()
    from grading.webapp import program
    from grading.webapp.libraries import LIBRARIES

    LIBRARIES.warm_up()

    def run(order: SandboxOrder, files: list[int]) -> None:
        given, work = files[0], Path(order.work)
        if order.task == SEVERAL:
            program.serve_known(socket.socket(fileno=given), work)
        else:
            program.serve(Channel(given, given), Path(order.submission), work)

    serve_sandboxed(control, run)


if __name__ == "__main__":
    main()
