"""The programs of step 9 (see `own_tests`), run in warm processes that serve one after another.

They are the kit's own and do what the kit knows, but whoever asks them is hostile. So their processes are in the
sandbox of any program; each run loads its program anew, in the environment that it should have; and a process serves on
only if the run ended by itself, its app has stopped, and no request of either side is left. All that a run can leave is
warm caches of LiteLLM's. Such a process is a child of the farm. Orders to it, by a socket, with the file of a channel:

    {"program": its folder}     serve it over this channel until that is closed; the answer: {"ready": true}
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from grading import GALLERY
from grading.intake.submission import make_work
from grading.private_folder import private_folder
from grading.processes.forkserver import Farm, FarmFailed, start
from grading.processes.orders import order_sockets, receive_order, send_order

_PATIENCE = 5.0  # seconds to become ready; an app stops in milliseconds


class HostProcess:
    """One process of the farm that runs known programs, one at a time."""

    def __init__(self, farm: Farm) -> None:
        """Start it. Raises FarmFailed."""
        self._open = contextlib.ExitStack()
        place = self._open.enter_context(private_folder())
        place.chmod(0o711)  # root's sandbox has another user
        self._connection = farm.attach()
        self._orders, theirs = order_sockets()
        self._orders.settimeout(_PATIENCE)
        with theirs:
            try:
                start(self._connection, GALLERY, make_work(place / "work"), [theirs.fileno()])
            except FarmFailed:
                self.close()
                raise

    def serve(self, program: Path, frames: int) -> None:
        """Serve the program over this file. Raises OSError if the process has ended."""
        send_order(self._orders, {"program": str(program)}, [frames])

    def is_ready(self) -> bool:
        """Wait, after the end of a run, for the process to be as it was before. Returns whether it is."""
        try:
            return receive_order(self._orders)[0] == {"ready": True}
        except (OSError, EOFError):
            return False

    def close(self) -> None:
        """End the process."""
        self._connection.close()  # the farm does it
        self._orders.close()
        self._open.close()


class KnownPrograms:
    """As many such processes as are needed at the same time."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._idle: list[HostProcess] = []
        self._lock = threading.Lock()

    def serve(self, program: Path, frames: int) -> HostProcess:
        """Serve the program over this file. Returns the process, to be given back. Raises FarmFailed."""
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is not None:
            try:
                process.serve(program, frames)
                return process
            except OSError:
                process.close()
        process = HostProcess(self._farm)
        try:
            process.serve(program, frames)
        except OSError as problem:
            process.close()
            raise FarmFailed(f"A process of the farm has ended: {problem}") from None
        return process

    def give_back(self, process: HostProcess, *, ended: bool) -> None:
        """Take the process back, for another run if this one has `ended` and left nothing."""
        if ended and process.is_ready():
            with self._lock:
                self._idle.append(process)
        else:
            process.close()

    def close(self) -> None:
        """End those that are idle."""
        while self._idle:
            self._idle.pop().close()
