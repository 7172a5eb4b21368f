"""Judge's side. A pool of workers for step 9, each a child of the farm that serves one known program after another.

The programs are the kit's own and do what the kit knows, but whoever asks them is hostile. So a worker is in the
sandbox of any program; each run loads its program anew, in the environment that it should have; and a worker serves on
only if the run ended by itself, its app has stopped, and no request of either side is left. All that a run can leave
is LiteLLM's warm caches.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from grading import GALLERY
from grading.intake.submission import make_work
from grading.private_folder import private_folder
from grading.processes.forkserver import FarmFailed, ForkServer
from grading.processes.messages import BadMessage
from grading.processes.orders import READY, order_sockets, receive_order, send_order
from grading.processes.sandboxed import SEVERAL, SandboxOrder
from grading.results.assignment import ASSIGNMENT

_PATIENCE = 5.0  # seconds to become ready; an app stops in milliseconds


class Worker:
    """A process that runs known programs, one at a time."""

    def __init__(self, farm: ForkServer) -> None:
        """Start it. Raises FarmFailed."""
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(private_folder())
            place.chmod(0o711)  # root's sandbox has another user
            self._orders, theirs = order_sockets()
            stack.enter_context(self._orders)
            self._orders.settimeout(_PATIENCE)
            with theirs:
                connection = stack.enter_context(farm.attach())  # when it is closed, the farm kills the worker
                self._work = str(make_work(place / "work"))
                order = SandboxOrder(str(GALLERY), self._work, task=SEVERAL)
                connection.launch(order, [theirs.fileno()])
            self.close = stack.pop_all().close

    def serve(self, source: str, frames: int) -> None:
        """Serve the program with this source over this file. Raises OSError if the process has ended."""
        send_order(self._orders, SandboxOrder(str(GALLERY), self._work, task=source), [frames])

    def is_ready(self) -> bool:
        """Wait, after the end of a run, for the worker to be as new. Returns whether it is."""
        try:
            receive_order(self._orders, READY)
        except (OSError, EOFError, BadMessage):
            return False
        return True


class KnownPrograms:
    """The pool: as many workers as are needed at the same time."""

    def __init__(self, farm: ForkServer) -> None:
        self._farm = farm
        self._idle: list[Worker] = []
        self._lock = threading.Lock()

    def serve(self, program: Path, frames: int) -> Worker:
        """Serve the program of a folder over this file. Returns the worker, to be given back. Raises FarmFailed."""
        source = (program / ASSIGNMENT.program).read_text(encoding="utf-8")
        while True:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            worker = idle or Worker(self._farm)
            try:
                worker.serve(source, frames)
                return worker
            except OSError as problem:
                worker.close()
                if idle is None:
                    raise FarmFailed(f"A process of the farm has ended: {problem}") from None

    def give_back(self, worker: Worker, *, ended: bool) -> None:
        """Take the worker back, for another run if this one has `ended` and left nothing."""
        if ended and worker.is_ready():
            with self._lock:
                self._idle.append(worker)
        else:
            worker.close()

    def close(self) -> None:
        """End those that are idle."""
        while self._idle:
            self._idle.pop().close()
